using Ikada.Primitives;

namespace Ikada.Wire;

/// <summary>
/// What the two ends of a connection tell each other, besides the frame's header, in
/// <see cref="FrameType.Hello"/> and
/// <see cref="FrameType.Accept"/>.
/// </summary>
/// <param name="Cluster">The cluster the sender belongs to.</param>
/// <param name="VersionMin">The lowest format version the sender reads.</param>
/// <param name="VersionMax">The highest.</param>
/// <param name="FrameBytesMax">The longest frame it takes.</param>
public readonly record struct Greeting(
    ClusterId Cluster, ushort VersionMin, ushort VersionMax, int FrameBytesMax)
{
    /// <summary>The versions the sender speaks.</summary>
    public VersionRange Versions => new(VersionMin, VersionMax);

    /// <summary>The greeting of this build.</summary>
    public static Greeting Create(ClusterId cluster, int frameBytesMax) =>
        new(cluster, WireFormat.Versions.Lowest, WireFormat.Versions.Highest, frameBytesMax);
}

/// <summary>Why a handshake was refused. The numbers are on the wire: never reuse one.</summary>
public enum RejectReason : byte
{
    /// <summary>Not refused.</summary>
    None = 0,

    /// <summary>The two belong to different clusters.</summary>
    WrongCluster = 1,

    /// <summary>The one who dialled meant another node.</summary>
    WrongTarget = 2,

    /// <summary>The one who dialled is no member.</summary>
    UnknownMember = 3,

    /// <summary>A start count below the highest seen from that incarnation: a copied or rolled-back
    /// directory.</summary>
    StaleStartCount = 4,

    /// <summary>No common format version.</summary>
    UnsupportedVersion = 5,

    /// <summary>The first frame was no greeting.</summary>
    NotAGreeting = 6,

    /// <summary>The one who was dialled takes TLS only.</summary>
    TlsRequired = 7,

    /// <summary>The certificate of the one who dialled is not good enough.</summary>
    CertificateRefused = 8,
}

/// <summary>A refused handshake.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Text">The same with the values, for the log of the refused.</param>
public readonly record struct Rejection(RejectReason Reason, string Text);
