namespace Ikada.Log.Writing;

/// <summary>How far the next segment is.</summary>
internal enum SparePhase
{
    Missing,
    Preparing,
    Ready,

    /// <summary>It could not be made for want of space.</summary>
    NoSpace,
}
