using System.CommandLine;
using Ikada.Bench.Clusters;

namespace Ikada.Bench;

/// <summary>Options of the commands that start servers.</summary>
internal sealed class ServerOptions
{
    private readonly Option<string?> _ikada =
        Options.Text("--ikada", "PROGRAM", "The program of Ikada (bench/run: the one it has built).");
    private readonly Option<string?> _etcd =
        Options.Text("--etcd", "PROGRAM", "The program of etcd (bench/run: 3.5.16, which it fetches).");
    private readonly Option<string?> _where =
        Options.Text("--dir", "DIR", "On the disk to measure (default: the directory for temporary files).");
    private readonly Option<string?> _results =
        Options.Text("--results", "DIR", "Where results go (default: bench/results).");

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_ikada, _etcd, _where, _results])
        {
            command.Add(option);
        }
    }

    public IReadOnlyList<ServerKind> Both(ParseResult parsed) =>
        [ServerKind.OfIkada(Program(parsed, _ikada)), ServerKind.OfEtcd(Program(parsed, _etcd))];

    public string Where(ParseResult parsed)
    {
        var where = parsed.GetValue(_where) ?? Path.GetTempPath();
        return Directory.Exists(where)
            ? Path.GetFullPath(where) : throw new BenchException($"--dir: {where} is not there");
    }

    public string Results(ParseResult parsed) =>
        parsed.GetValue(_results) ?? Path.Combine("bench", "results");

    private static string Program(ParseResult parsed, Option<string?> option)
    {
        var program = parsed.GetValue(option)
            ?? throw new BenchException($"{option.Name} PROGRAM is needed; bench/run gives it");
        return File.Exists(program)
            ? Path.GetFullPath(program) : throw new BenchException($"{option.Name}: {program} is not there");
    }
}
