using System.Buffers;
using System.CommandLine;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Cli.Client;

/// <summary>Saves the state of a server to a file, and says what a file holds.</summary>
internal static class SnapshotCommand
{
    public static Command Create() => new(
        "snapshot", "Save the state of a server to a file; begin anew with one.")
    {
        Save(), Status(), SnapshotRestore.Create(),
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
        if (!await SnapshotFile.IsWholeAsync(file, cancellation))
        {
            throw new IOException("what came is not whole: its checksum does not fit; try again");
        }
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
        using var saved = await SnapshotFile.OpenAsync(path, cancellation);
        var content = new ArrayBufferWriter<byte>((int)Math.Min(saved.ContentBytes, Array.MaxLength));
        saved.ReadContent(piece => content.Write(piece.Span));
        var store = new KeyValueStore();
        store.Restore(new ReadOnlySequence<byte>(content.WrittenMemory));
        return store.View;
    }
}
