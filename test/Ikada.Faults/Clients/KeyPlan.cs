namespace Ikada.Faults.Clients;

/// <summary>Which keys there are: some for each of the equal parts of a run, so that no history of a key
/// gets long, then one for each client with leases.</summary>
/// <param name="Rounds">How many parts.</param>
/// <param name="Time">How long the run is.</param>
/// <param name="Leases">How many clients have leases.</param>
internal sealed record KeyPlan(int Rounds, TimeSpan Time, int Leases)
{
    /// <summary>The keys of one part.</summary>
    public const int KeysOfRound = 24;

    // Behind the first letter there is room for 4000 keys.
    private const int RoundsMax = 160;
    private const double RoundSeconds = 5;

    /// <summary>How many keys are written without a lease: the first ones.</summary>
    public int Registers => Rounds * KeysOfRound;

    public int Count => Registers + Leases;

    public static KeyPlan For(TimeSpan time, int leases) =>
        new(Math.Clamp((int)(time.TotalSeconds / RoundSeconds), 1, RoundsMax), time, leases);

    /// <summary>The first key of the part that a moment is in.</summary>
    public int FirstAt(TimeSpan moment) =>
        Math.Clamp((int)(moment / Time * Rounds), 0, Rounds - 1) * KeysOfRound;

    /// <summary>The key of a client with leases.</summary>
    public int LeaseKey(int client) => Registers + client;
}
