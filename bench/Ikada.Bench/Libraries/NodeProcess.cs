using System.Diagnostics;
using System.Globalization;
using Ikada.Bench.Clusters;

namespace Ikada.Bench.Libraries;

/// <summary>A process with a node and its clients, asked by lines.</summary>
internal sealed class NodeProcess : IDisposable
{
    private readonly NodeKind _kind;
    private readonly Process _process;
    private volatile string? _error;

    public NodeProcess(NodeKind kind, string directory, int number, IEnumerable<string> addresses)
    {
        _kind = kind;
        var where = Path.Combine(directory, $"n{number}");
        Directory.CreateDirectory(where);
        _process = Process.Start(new ProcessStartInfo(
            kind.Program,
            [where, number.ToString(CultureInfo.InvariantCulture), kind.Mode, .. addresses])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        // Why a node failed stands in its first line; the rest is read too, since a full pipe would stop it.
        _process.ErrorDataReceived += (_, line) => _error ??= line.Data;
        _process.BeginErrorReadLine();
    }

    private string Error => _error ?? "it said nothing";

    public Usage Usage() => Clusters.Usage.Of(_process.Id);

    public void Say(string line) => _process.StandardInput.WriteLine(line);

    public async Task<string> HearAsync(TimeSpan patience)
    {
        try
        {
            return await _process.StandardOutput.ReadLineAsync().WaitAsync(patience)
                ?? throw new BenchException($"a node of {_kind.Name} has ended: {Error}");
        }
        catch (TimeoutException)
        {
            throw new BenchException(
                $"a node of {_kind.Name} does not answer within {patience.TotalSeconds} s: {Error}");
        }
    }

    public async Task ExpectAsync(string word, TimeSpan patience)
    {
        var line = await HearAsync(patience);
        if (line != word)
        {
            throw new BenchException($"a node of {_kind.Name} said '{line}', not '{word}': {Error}");
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
