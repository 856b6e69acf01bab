using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Ikada.Differential;

/// <summary>What a program says its version is.</summary>
internal sealed partial record EtcdVersion(int Major, int Minor, int Patch)
{
    public override string ToString() => $"{Major}.{Minor}.{Patch}";

    public static async Task<EtcdVersion> OfAsync(string program)
    {
        using var process = Process.Start(new ProcessStartInfo(program, ["--version"])
        {
            RedirectStandardOutput = true,
        })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var match = Version().Match(said);
        return match.Success
            ? new EtcdVersion(Number(match, 1), Number(match, 2), Number(match, 3))
            : throw new InvalidOperationException($"{program} --version says '{said}': is it an etcd?");
    }

    private static int Number(Match match, int group) => int.Parse(
        match.Groups[group].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"etcd Version: (\d+)\.(\d+)\.(\d+)")]
    private static partial Regex Version();
}
