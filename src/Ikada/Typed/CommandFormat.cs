using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Ikada;

/// <summary>Which format a typed machine's commands have.</summary>
internal static class CommandFormat
{
    /// <summary>The machine's own format, else JSON.</summary>
    /// <exception cref="ArgumentException">The types cannot be written as JSON by the options
    /// given.</exception>
    public static ICommandFormat<TCommand, TResult> Of<TCommand, TResult>(
        IStateMachine<TCommand, TResult> machine, RaftOptions options) =>
        machine as ICommandFormat<TCommand, TResult> ?? new JsonCommands<TCommand, TResult>(
            TypeInfo<TCommand>(options.Json), TypeInfo<TResult>(options.Json));

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only where reflection is enabled.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Only where reflection is enabled.")]
    private static JsonTypeInfo<T> TypeInfo<T>(JsonSerializerOptions? given)
    {
        var options = given
            ?? (JsonSerializer.IsReflectionEnabledByDefault ? JsonSerializerOptions.Web : null);
        if (options is null)
        {
            throw new ArgumentException(
                "RaftOptions.Json is not set, and this program was built without reflection (native AOT or "
                    + $"trimming): set it to the Options of a JsonSerializerContext that knows {typeof(T)}");
        }

        try
        {
            options.MakeReadOnly(populateMissingResolver: JsonSerializer.IsReflectionEnabledByDefault);
            return (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        }
        catch (NotSupportedException unknown)
        {
            throw new ArgumentException(
                $"RaftOptions.Json cannot write {typeof(T)}: {unknown.Message} Add it to the "
                    + "JsonSerializerContext, or implement ICommandFormat on the state machine",
                unknown);
        }
    }

    private sealed class JsonCommands<TCommand, TResult>(
        JsonTypeInfo<TCommand> commands, JsonTypeInfo<TResult> results) : ICommandFormat<TCommand, TResult>
    {
        public void WriteCommand(TCommand command, IBufferWriter<byte> writer) =>
            Write(command, commands, writer);

        public TCommand ReadCommand(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize(bytes, commands)!;

        public void WriteResult(TResult result, IBufferWriter<byte> writer) => Write(result, results, writer);

        public TResult ReadResult(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize(bytes, results)!;

        private static void Write<T>(T value, JsonTypeInfo<T> info, IBufferWriter<byte> writer)
        {
            using var json = new Utf8JsonWriter(writer);
            JsonSerializer.Serialize(json, value, info);
        }
    }
}
