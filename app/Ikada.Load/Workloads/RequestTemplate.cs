using Google.Protobuf;
using Ikada.Api.Etcd;
using Ikada.Load.Http2;

namespace Ikada.Load.Workloads;

/// <summary>A request that is encoded once; only its key changes.</summary>
/// <param name="Method">What is called.</param>
/// <param name="Message">The request, of key 0.</param>
/// <param name="Keys">Which keys there are.</param>
/// <param name="Wanted">How many keys a read must find; 0: it is not a read.</param>
internal sealed record RequestTemplate(GrpcMethod Method, byte[] Message, KeySpace Keys, int Wanted)
{
    // The key is the first field of all requests: behind its tag and its length.
    private const int KeyAt = 2;
    private const int KvsField = 2;

    public static RequestTemplate Put(KeySpace keys, int valueBytes) => new(
        GrpcMethod.Put,
        new PutRequest
        {
            Key = ByteString.CopyFrom(keys.Key(0)), Value = ByteString.CopyFrom(Value(valueBytes)),
        }.ToByteArray(),
        keys, 0);

    public static RequestTemplate Get(KeySpace keys, bool isSerializable) => new(
        GrpcMethod.Range,
        new RangeRequest
        {
            Key = ByteString.CopyFrom(keys.Key(0)), Serializable = isSerializable,
        }.ToByteArray(),
        keys, 1);

    public static RequestTemplate Range(KeySpace keys, int count) => new(
        GrpcMethod.Range,
        new RangeRequest
        {
            Key = ByteString.CopyFrom(keys.Key(0)), RangeEnd = ByteString.CopyFrom(keys.Key(count)),
        }.ToByteArray(),
        keys with { Count = keys.Count - count + 1 }, count);

    /// <summary>Makes a copy of the message that of another key.</summary>
    public void SetKey(Span<byte> message, int number)
    {
        KeySpace.WriteNumber(message.Slice(KeyAt, Keys.KeyBytes), number);
        if (Wanted > 1)
        {
            // The end of the range is the second field.
            var end = message.Slice((2 * KeyAt) + Keys.KeyBytes, Keys.KeyBytes);
            KeySpace.WriteNumber(end, number + Wanted);
        }
    }

    public string? Check(ReadOnlySpan<byte> answer)
    {
        if (Wanted == 0)
        {
            return null;
        }

        var found = 0;
        for (var fields = new ProtobufFields(answer); fields.Next();)
        {
            found += fields.Field == KvsField ? 1 : 0;
        }

        return found == Wanted ? null : $"a read found {found} keys instead of {Wanted}";
    }

    /// <summary>Bytes that no compression makes much smaller, always the same.</summary>
    public static byte[] Value(int length)
    {
        var value = new byte[length];
        new Random(1).NextBytes(value);
        return value;
    }
}
