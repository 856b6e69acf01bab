using System.Collections;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Ikada.Cli.Client.Printing;

/// <summary>
/// A message as Go's encoder writes the types that etcd generates: the names of the .proto file, numbers and
/// enums as numbers, bytes in base64, zeros left out, what a oneof holds in an object of the oneof's name.
/// </summary>
internal static class JsonMessage
{
    /// <summary>No more is escaped than must be.</summary>
    public static JsonWriterOptions Options { get; } =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Utf8JsonWriter json, IMessage message)
    {
        json.WriteStartObject();
        WriteFields(json, message);
        json.WriteEndObject();
    }

    public static void WriteFields(Utf8JsonWriter json, IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            var value = field.Accessor.GetValue(message);
            if (IsZero(field, value) || (field.RealContainingOneof is { } choice
                && choice.Accessor.GetCaseFieldDescriptor(message) != field))
            {
                continue;
            }

            if (field.RealContainingOneof is { } oneof)
            {
                json.WriteStartObject(
                    CultureInfo.InvariantCulture.TextInfo.ToTitleCase(oneof.Name));
            }

            json.WritePropertyName(field.Name);
            WriteValue(json, value);
            if (field.RealContainingOneof is not null)
            {
                json.WriteEndObject();
            }
        }
    }

    private static bool IsZero(FieldDescriptor field, object? value) => value switch
    {
        null => true,
        IList list => list.Count == 0,
        ByteString bytes => bytes.Length == 0,
        string text => text.Length == 0,
        bool truth => !truth,
        IMessage => false,
        _ => field.RealContainingOneof is null && Convert.ToDecimal(value, CultureInfo.InvariantCulture) == 0,
    };

    private static void WriteValue(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case IMessage message:
                Write(json, message);
                break;
            case ByteString bytes:
                json.WriteBase64StringValue(bytes.Span);
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case bool truth:
                json.WriteBooleanValue(truth);
                break;
            case IList list:
                json.WriteStartArray();
                foreach (var one in list)
                {
                    WriteValue(json, one!);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteNumberValue(Convert.ToDecimal(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
