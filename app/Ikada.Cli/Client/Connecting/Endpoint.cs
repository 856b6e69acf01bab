using Ikada.Cli.Serving;

namespace Ikada.Cli.Client;

/// <summary>A server as the user names it: <c>HOST:PORT</c>, or a URL with http or https.</summary>
internal sealed record Endpoint(string Text, Uri Address)
{
    public const string OwnVariable = "IKADA_ENDPOINTS";
    public const string EtcdctlVariable = "ETCDCTL_ENDPOINTS";
    public const string Default = "127.0.0.1:2379";

    /// <summary>Those of the option, else of the environment, else the default.</summary>
    public static IReadOnlyList<Endpoint> FromOptionOrEnvironment(string? option, bool isTls = false)
    {
        if (option is not null)
        {
            return ParseList(option, "--endpoints", isTls);
        }

        foreach (var variable in (string[])[OwnVariable, EtcdctlVariable])
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
            {
                return ParseList(value, variable, isTls);
            }
        }

        return ParseList(Default, "--endpoints", isTls);
    }

    public static IReadOnlyList<Endpoint> ParseList(
        string text, string origin, bool isTls = false)
    {
        var endpoints = new List<Endpoint>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var scheme = isTls ? "https://" : "http://";
            var url = part.Contains("://", StringComparison.Ordinal) ? part : scheme + part;
            endpoints.Add(new Endpoint(part, new Uri(EtcdUrl.Parse(url, origin).ToString())));
        }

        return endpoints;
    }
}
