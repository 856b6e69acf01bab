using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Ikada.Cli.Serving;

/// <summary>
/// The file of <c>--config-file</c>: etcd's YAML, whose keys are the flags' names, with the certificates in
/// two sections and lists where a flag has commas.
/// </summary>
internal static class ConfigFile
{
    // Sections of etcd's file, and what to put before a key in them to have the flag's name.
    private static readonly Dictionary<string, string> Sections = new()
    {
        ["client-transport-security"] = "",
        ["peer-transport-security"] = "peer-",
        ["socket-options"] = "socket-",
    };

    // etcd writes these keys differently in the file than on the command line.
    private static readonly Dictionary<string, string> OtherNames = new()
    {
        ["allowed-cn"] = "cert-allowed-cn",
        ["allowed-hostname"] = "cert-allowed-hostname",
    };

    public static IReadOnlyList<FlagValue> Read(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception error)
            when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliException($"--config-file {path} cannot be read: {error.Message}");
        }

        return Parse(path, text);
    }

    public static IReadOnlyList<FlagValue> Parse(string path, string text)
    {
        var values = new List<FlagValue>();
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException error)
        {
            throw new CliException(
                $"--config-file {path}, line {error.Start.Line}: not YAML: {error.Message}");
        }

        if (stream.Documents.Count == 0)
        {
            return values;
        }

        if (stream.Documents[0].RootNode is not YamlMappingNode root)
        {
            throw new CliException(
                $"--config-file {path}: expected 'key: value' lines, found something else");
        }

        ReadKeys(root, path, "", values);
        return values;
    }

    private static void ReadKeys(YamlMappingNode keys, string path, string prefix, List<FlagValue> values)
    {
        foreach (var (keyNode, valueNode) in keys)
        {
            var key = ((keyNode as YamlScalarNode)?.Value) ?? "";
            if (valueNode is YamlMappingNode section && Sections.TryGetValue(key, out var sectionPrefix))
            {
                ReadKeys(section, path, sectionPrefix, values);
                continue;
            }

            var name = prefix + OtherNames.GetValueOrDefault(key, key);
            var where = $"{path}, line {keyNode.Start.Line}";
            if (ServeFlags.Find(name) is not { } flag)
            {
                var nearest = Nearest.Of(name, ServeFlags.All.Select(known => known.Name));
                var remedy = nearest is null
                    ? "see docs/flags.md for all keys" : $"did you mean '{nearest}'?";
                throw new CliException($"--config-file {where}: unknown key '{key}'; {remedy}");
            }

            values.Add(new FlagValue(flag, Text(valueNode, key, where), $"{key} ({where})").Checked());
        }
    }

    private static string Text(YamlNode node, string key, string where) => node switch
    {
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "null" or "~" or null or "" } => "",
        YamlScalarNode scalar => scalar.Value ?? "",
        YamlSequenceNode list when list.All(item => item is YamlScalarNode) =>
            string.Join(',', list.Select(item => ((YamlScalarNode)item).Value)),
        _ => throw new CliException($"--config-file {where}: '{key}' takes a value or a list of values"),
    };
}
