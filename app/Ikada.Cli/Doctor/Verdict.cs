namespace Ikada.Cli.Doctor;

/// <summary>What is found.</summary>
internal enum VerdictLevel
{
    /// <summary>To be known; nothing has to be done now.</summary>
    Note,

    /// <summary>Something has to be done.</summary>
    Wrong,
}

/// <summary>One thing that is found, with what shows it and what helps.</summary>
/// <param name="Level">Whether something has to be done.</param>
/// <param name="Check">Which rule found it: a word for programs.</param>
/// <param name="Where">The member, server or directory.</param>
/// <param name="Evidence">What was measured or read.</param>
/// <param name="Remedy">What to do.</param>
internal sealed record Verdict(
    VerdictLevel Level, string Check, string Where, string Evidence, string Remedy)
{
    public static Verdict Wrong(string check, string where, string evidence, string remedy) =>
        new(VerdictLevel.Wrong, check, where, evidence, remedy);

    public static Verdict Note(string check, string where, string evidence, string remedy) =>
        new(VerdictLevel.Note, check, where, evidence, remedy);
}
