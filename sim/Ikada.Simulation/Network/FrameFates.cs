using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Trace;
using Ikada.Wire;

namespace Ikada.Simulation.Network;

/// <summary>What befalls single frames: lost, changed, broken off, too long for their link.</summary>
internal sealed class FrameFates(World world, FramePool frames, RandomSource random)
{
    /// <summary>Draws for the fates that came later.</summary>
    public RandomSource Further { get; set; } = new(0);

    /// <summary>A frame is lost, as all are on a link that is cut.</summary>
    public void Lose(Link link, SimFrame frame)
    {
        link.LostWhileCut |= link.IsCut;
        if (link.IsCut && world.Core.IsOn)
        {
            // No fault of the plan: so the others are kept away from the core.
            world.Log.Add(world.Now, TraceKind.FrameLost, link.To, link.From, frame.Type, frame.Term);
            frames.Release(frame);
            return;
        }

        if (link.IsCut)
        {
            world.Counts.Reached(Mark.PartitionHalves + (int)link.CutShape);
        }

        Fired(link.IsCut ? FaultKind.Partition : FaultKind.Drop, TraceKind.FrameLost, link, frame);
        frames.Release(frame);
    }

    /// <summary>A frame of a snapshot is lost.</summary>
    public void CutSnapshot(Link link, SimFrame frame)
    {
        Fired(FaultKind.SnapshotCut, TraceKind.FrameLost, link, frame);
        frames.Release(frame);
    }

    /// <summary>A frame may be remembered; returns one of long ago that comes again, or null.</summary>
    public SimFrame? Replayed(Link link, SimFrame frame, in LinkConditions conditions)
    {
        if (random.OneIn(8))
        {
            frame.Holders++;
            if (link.Remember(frame, random.NextBelow(8)) is { } forgotten)
            {
                frames.Release(forgotten);
            }
        }

        if (!random.Chance(conditions.ReplayPerMillion) || link.Recall(random.NextBelow(8)) is not { } old)
        {
            return null;
        }

        old.Holders++;
        Fired(FaultKind.Replay, TraceKind.FrameReplayed, link, old);
        return old;
    }

    /// <summary>Whether a frame is lost for its type; then it is released.</summary>
    public bool LosesByType(Link link, SimFrame frame)
    {
        if ((link.LostTypes >> (int)frame.Type & 1) == 0)
        {
            return false;
        }

        for (var one = 0; one < MessageClasses.Count; one++)
        {
            if ((MessageClasses.TypesOf((MessageClass)one) >> (int)frame.Type & 1) != 0)
            {
                world.Counts.Reached(Mark.LostVotes + one);
            }
        }

        Fired(FaultKind.TypeLoss, TraceKind.FrameLost, link, frame);
        frames.Release(frame);
        return true;
    }

    /// <summary>Bits of a frame turn over; its other copies stay as they were.</summary>
    public SimFrame Corrupted(Link link, SimFrame frame)
    {
        var copy = CopyOf(frame);
        // The same bits may turn over and back: then nothing is wrong with the frame.
        Span<(int Place, byte Was)> turned = stackalloc (int, byte)[1 + random.NextBelow(3)];
        for (var i = 0; i < turned.Length; i++)
        {
            var place = random.NextBelow(copy.Length);
            var was = copy.Bytes[place];
            foreach (var earlier in turned[..i])
            {
                was = earlier.Place == place ? earlier.Was : was;
            }

            turned[i] = (place, was);
            copy.Bytes[place] ^= (byte)(1 + random.NextBelow(255));
        }

        foreach (var (place, was) in turned)
        {
            copy.IsCorrupted |= copy.Bytes[place] != was;
        }

        Fired(FaultKind.Corrupt, TraceKind.FrameCorrupted, link, copy);
        return copy;
    }

    /// <summary>Only the beginning of a frame gets through, then the connection ends.</summary>
    public SimFrame BrokenOff(Link link, SimFrame frame)
    {
        var copy = CopyOf(frame);
        copy.BreakOff(Further.NextBelow(Further.OneIn(3) ? WireFormat.HeaderBytes : copy.Length));
        world.Counts.Reached(
            copy.Length < WireFormat.HeaderBytes ? Mark.TruncatedHeader : Mark.TruncatedPayload);
        Fired(FaultKind.Truncate, TraceKind.FrameCorrupted, link, copy);
        return copy;
    }

    /// <summary>Whether a frame is longer than its link may be given; then it is released.</summary>
    public bool IsTooLongToSend(Link link, SimFrame frame)
    {
        if (frame.Length <= link.SendBytesMax)
        {
            return false;
        }

        world.Counts.Reached(Mark.TooLongToSend);
        Fired(FaultKind.Oversize, TraceKind.FrameLost, link, frame);
        frames.Release(frame);
        return true;
    }

    /// <summary>Whether the receiver's end of a connection cannot take a frame: it broke off, or is longer
    /// than it may be. The connection is to be closed then.</summary>
    public bool IsRefused(Link link, SimFrame frame)
    {
        if (!frame.IsBrokenOff && frame.Length <= link.TakeBytesMax)
        {
            return false;
        }

        var reader = new FrameReader(frame.Bytes, link.TakeBytesMax);
        var taken = reader.TryRead();
        var isTooLong = reader.Error.Kind == WireErrorKind.FrameTooLarge;
        // Of a corrupted header the length is not believed.
        var told = isTooLong || frame.IsCorrupted
            || (frame.IsBrokenOff && reader.Error.Kind == WireErrorKind.Incomplete);
        if (taken || !told)
        {
            throw new PropertyViolatedException(
                "I27 corrupt data is never taken",
                $"n{link.To + 1} reads {frame.Length} bytes, of a frame that "
                + (frame.IsBrokenOff ? "broke off" : $"may have {link.TakeBytesMax}")
                + $": {reader.Error}");
        }

        if (isTooLong && !frame.IsBrokenOff)
        {
            world.Counts.Reached(Mark.TooLongToTake);
            world.Counts.Fired(FaultKind.Oversize);
        }

        world.Log.Add(world.Now, TraceKind.FrameRejected, link.To, link.From, frame.Type, frame.Term);
        return true;
    }

    /// <summary>A fault befell a frame.</summary>
    public void Fired(FaultKind kind, TraceKind trace, Link link, SimFrame frame)
    {
        world.Counts.Fired(kind);
        world.Log.Add(world.Now, trace, link.To, link.From, frame.Type, frame.Term);
    }

    private SimFrame CopyOf(SimFrame frame)
    {
        var copy = frames.Take();
        copy.CopyFrom(frame);
        frames.Release(frame);
        return copy;
    }
}
