using Ikada.Cli.Serving;

namespace Ikada.Cli.Tests;

/// <summary>Runs the way from command line, environment and file to settings, without starting
/// anything.</summary>
internal static class Serving
{
    public static ServeSettings Settings(params string[] arguments) => SettingsWith([], arguments);

    public static ServeSettings SettingsWith(
        Dictionary<string, string> environment, params string[] arguments) =>
        SettingsReader.Read(FlagSet.Gather(arguments, environment));

    public static CliException Refusal(params string[] arguments) =>
        Assert.Throws<CliException>(() => Settings(arguments));

    public static IEnumerable<string> Texts(IEnumerable<EtcdUrl> urls) => urls.Select(url => url.ToString());
}
