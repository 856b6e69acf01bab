namespace Ikada.Cli.Client;

/// <summary>Who the user claims to be, towards servers that ask.</summary>
/// <param name="Name">The name.</param>
/// <param name="Password">Its password; never shown.</param>
/// <param name="Origin">The option or variable that gave the name.</param>
internal sealed record Login(string Name, string Password, string Origin)
{
    /// <summary>As etcdctl: NAME:PASSWORD in one, or the password beside it.</summary>
    public static Login? Of((string? Value, string Origin) user, (string? Value, string Origin) password)
    {
        if (user.Value is not { Length: > 0 } text)
        {
            return password.Value is null ? null : throw CliException.BadUsage(
                $"{password.Origin} needs a name: give --user=NAME too");
        }

        var colon = password.Value is null ? text.IndexOf(':', StringComparison.Ordinal) : -1;
        return password.Value is { } beside ? new Login(text, beside, user.Origin)
            : colon > 0 ? new Login(text[..colon], text[(colon + 1)..], user.Origin)
            : throw CliException.BadUsage(
                $"{user.Origin}={text} needs a password: write NAME:PASSWORD, or give --password");
    }

    public override string ToString() => $"{Origin}={Name}";
}
