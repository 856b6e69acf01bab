using Ikada.Consensus;

namespace Ikada.Wire.Tests;

/// <summary>The bytes of format version 1. They never change; a change of the format is a new version with
/// files of its own.</summary>
public sealed class GoldenTests
{
    [Theory]
    [InlineData("hello")]
    [InlineData("snapshot-hello")]
    [InlineData("accept")]
    [InlineData("reject")]
    [InlineData("ask")]
    [InlineData("tell")]
    [InlineData("pulse")]
    [InlineData(nameof(MessageType.PreVote))]
    [InlineData(nameof(MessageType.PreVoteReply))]
    [InlineData(nameof(MessageType.Vote))]
    [InlineData(nameof(MessageType.VoteReply))]
    [InlineData(nameof(MessageType.Append))]
    [InlineData(nameof(MessageType.AppendReply))]
    [InlineData(nameof(MessageType.Heartbeat))]
    [InlineData(nameof(MessageType.ForwardProposal))]
    [InlineData(nameof(MessageType.ForwardProposalReply))]
    [InlineData(nameof(MessageType.ForwardRead))]
    [InlineData(nameof(MessageType.ForwardReadReply))]
    [InlineData(nameof(MessageType.HeartbeatReply))]
    [InlineData(nameof(MessageType.TimeoutNow))]
    [InlineData(nameof(MessageType.TransferRequest))]
    [InlineData(nameof(MessageType.LastPositionRequest))]
    [InlineData(nameof(MessageType.LastPositionReply))]
    [InlineData(nameof(MessageType.EntryRequest))]
    [InlineData(nameof(MessageType.EntryReply))]
    [InlineData(nameof(MessageType.Quiesce))]
    [InlineData(nameof(MessageType.Wake))]
    [InlineData(nameof(MessageType.SnapshotOffer))]
    [InlineData(nameof(MessageType.SnapshotAnswer))]
    [InlineData(nameof(MessageType.SnapshotPiece))]
    [InlineData(nameof(MessageType.SnapshotRequest))]
    [InlineData(nameof(MessageType.StateVerdict))]
    [InlineData(nameof(MessageType.StateScrub))]
    [InlineData(nameof(MessageType.StateScrubbed))]
    public void Version_1_writes_and_reads_the_golden_bytes(string name)
    {
        var golden = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", $"v1-{name}.hex"));
        var bytes = Convert.FromHexString(golden.ReplaceLineEndings(string.Empty));
        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(Samples.ByName(name)));
        Assert.Equal(WireErrorKind.None, Samples.Read(bytes).Kind);
    }

    [Fact]
    public void Every_type_of_message_that_is_a_frame_has_golden_bytes()
    {
        foreach (var type in Enum.GetValues<MessageType>())
        {
            var isFrame = type is not (MessageType.None or MessageType.InstallSnapshot);
            var golden = Path.Combine(AppContext.BaseDirectory, "Golden", $"v1-{type}.hex");
            Assert.True(File.Exists(golden) == isFrame, golden);
        }
    }
}
