using System.Buffers;
using System.Buffers.Binary;
using System.CommandLine;
using System.Security.Cryptography;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Cli.Client;

/// <summary>Saves the state of a server to a file, and says what a file holds.</summary>
internal static class SnapshotCommand
{
    private const int GrainBytes = 512;
    private const int LengthBytes = 8;

    public static Command Create() => new("snapshot", "Save the state of a server to a file, or look at one.")
    {
        Save(), Status(),
    };

    private static Command Save()
    {
        var file = new Argument<string>("file") { Description = "Where to; it appears when it is whole." };
        var connecting = new DialOptions();
        var command = new Command("save", "Save the state of one server.") { file };
        connecting.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var cluster = connecting.Connect(parsed);
            var path = parsed.GetValue(file)!;
            var part = path + ".part";
            try
            {
                await SaveAsync(cluster.Connections[0], part, cancellation);
                File.Move(part, path, overwrite: true);
            }
            catch (Exception error) when (error is RpcException or IOException or UnauthorizedAccessException)
            {
                File.Delete(part);
                var reason = error is RpcException refusal ? EtcdConnection.Describe(refusal) : error.Message;
                throw new CliException($"snapshot save {path}: {reason}");
            }

            Console.Out.WriteLine($"Snapshot saved at {path}");
            return 0;
        });
        return command;
    }

    private static async Task SaveAsync(
        EtcdConnection connection, string part, CancellationToken cancellation)
    {
        // Written through: .NET's own flush to the disk does not tell of every error.
        await using var file = new FileStream(
            part, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, 1 << 20, FileOptions.WriteThrough);
        using var call = connection.Maintenance.Snapshot(
            new SnapshotRequest(), cancellationToken: cancellation);
        while (await call.ResponseStream.MoveNext(cancellation))
        {
            await file.WriteAsync(call.ResponseStream.Current.Blob.Memory, cancellation);
        }

        await file.FlushAsync(cancellation);
        file.Position = 0;
        if (!await IsWholeAsync(file, cancellation))
        {
            throw new IOException("what came is not whole: its checksum does not fit; try again");
        }
    }

    private static async Task<bool> IsWholeAsync(Stream file, CancellationToken cancellation)
    {
        var body = file.Length - SHA256.HashSizeInBytes;
        if (body < GrainBytes || body % GrainBytes != 0)
        {
            return false;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        for (var left = body; left > 0;)
        {
            var piece = buffer.AsMemory(0, (int)Math.Min(buffer.Length, left));
            await file.ReadExactlyAsync(piece, cancellation);
            hash.AppendData(piece.Span);
            left -= piece.Length;
        }

        var sum = new byte[SHA256.HashSizeInBytes];
        await file.ReadExactlyAsync(sum, cancellation);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(sum);
    }

    private static Command Status()
    {
        var file = new Argument<string>("file") { Description = "A file that 'snapshot save' wrote." };
        var command = new Command("status", "Check a file, and say what it holds.") { file };
        command.SetAction(async (parsed, cancellation) =>
        {
            var path = parsed.GetValue(file)!;
            try
            {
                var view = await LoadAsync(path, cancellation);
                var all = view.Range(new RangeQuery
                {
                    Range = new Ikada.KeyValue.KeyRange(new byte[1], new byte[1]), CountOnly = true,
                });
                Console.Out.WriteLine(
                    $"{view.StateHash:x16}, revision {view.Revision}, {all.Count} keys, "
                    + $"{view.SizeBytes} bytes");
                return 0;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException
                or InvalidDataException)
            {
                throw new CliException($"snapshot status {path}: {error.Message}");
            }
        });
        return command;
    }

    private static async Task<KeyValueView> LoadAsync(string path, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        if (!await IsWholeAsync(file, cancellation))
        {
            throw new InvalidDataException(
                "it is damaged or no snapshot: its checksum does not fit; use another copy");
        }

        file.Position = 0;
        var bytes = new byte[file.Length - SHA256.HashSizeInBytes];
        await file.ReadExactlyAsync(bytes, cancellation);
        var length = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(bytes.Length - LengthBytes));
        if (length < 0 || length > bytes.Length - LengthBytes)
        {
            throw new InvalidDataException($"it says that it holds {length} bytes; use another copy");
        }

        var store = new KeyValueStore();
        store.Restore(new ReadOnlySequence<byte>(bytes, 0, (int)length));
        return store.View;
    }
}
