using System.Buffers;

namespace Ikada.Sessions.Tests;

/// <summary>docs/internals/session-format.md: version 1 stays readable.</summary>
public sealed class Formats
{
    private const string GoldenTable =
        "494B414441534553" + "01" + "03000000" + "0010000000000000" + "3200000000000000";

    [Fact]
    public void Commands_are_these_bytes()
    {
        Assert.Equal("E0616263", Convert.ToHexString(SessionCommand.EncodePlain("abc"u8)));
        Assert.Equal(
            "E1" + "10270000" + "00010000" + "0000000400000000" + "40420F0000000000" + "6E31",
            Convert.ToHexString(SessionCommand.EncodeOpen(new SessionOptions(), "n1"u8)));
        Assert.Equal(
            "E2" + "0500000000000000" + "0300000000000000" + "0200000000000000" + "616263",
            Convert.ToHexString(SessionCommand.Encode(5, 3, 2, "abc"u8)));
    }

    [Fact]
    public void Results_are_these_bytes()
    {
        var log = new Driver();
        var session = log.Open(new SessionOptions { CommandsPerSessionMax = 4 });
        Assert.Equal("010100000000000000", Convert.ToHexString(log.LastAnswer.Span));
        log.Apply(Driver.Of(session, 2, 1));
        Assert.Equal("000100000000000000", Convert.ToHexString(log.LastAnswer.Span));
        log.Apply(Driver.Of(77, 1));
        Assert.Equal("02", Convert.ToHexString(log.LastAnswer.Span));
        log.Apply(Driver.Of(session, 1));
        Assert.Equal("03", Convert.ToHexString(log.LastAnswer.Span));
        log.Apply(Driver.Of(session, 6));
        Assert.Equal("04", Convert.ToHexString(log.LastAnswer.Span));
        log.Apply([]);
        Assert.Equal("05", Convert.ToHexString(log.LastAnswer.Span));
    }

    [Fact]
    public void A_snapshot_is_these_bytes()
    {
        var log = Filled();
        var inner = new ArrayBufferWriter<byte>();
        log.Tape.CaptureSnapshot().WriteTo(inner);

        Assert.Equal(
            GoldenTable + "A9A591F5F2D09E63" + "02000000"
            + "0100000000000000" + "0300000000000000" + "0000000000000000" + "04000000" + "01000000"
            + "0100000000000000" + "09000000" + "000100000000000000"
            + "0200000000000000" + "0500000000000000" + "0100000000000000" + "04000000" + "01000000"
            + "0300000000000000" + "09000000" + "000200000000000000" + "47BABB5D"
            + Convert.ToHexString(inner.WrittenSpan),
            Convert.ToHexString(log.Snapshot()));
    }

    [Fact]
    public void Any_cut_and_any_changed_bit_of_the_table_is_noticed_and_changes_nothing()
    {
        var log = Filled();
        var snapshot = log.Snapshot();
        var inner = new ArrayBufferWriter<byte>();
        log.Tape.CaptureSnapshot().WriteTo(inner);
        var other = new Driver();
        other.Apply(Driver.Of(other.Open(), 1));
        var before = other.Snapshot();
        for (var length = 0; length < snapshot.Length; length++)
        {
            Fails(other, snapshot[..length]);
        }

        for (var bit = 0; bit < 8 * (snapshot.Length - inner.WrittenCount); bit++)
        {
            var changed = (byte[])snapshot.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Fails(other, changed);
        }

        Assert.Equal(before, other.Snapshot());
    }

    [Fact]
    public void A_snapshot_without_sessions_is_told_as_such()
    {
        var bare = new ArrayBufferWriter<byte>();
        Filled().Tape.CaptureSnapshot().WriteTo(bare);
        var wrong = Assert.Throws<InvalidDataException>(
            () => new Driver().Machine.Restore(new ReadOnlySequence<byte>(bare.WrittenMemory)));

        Assert.Contains("without sessions", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("0201")]
    [InlineData("06")]
    public void What_is_no_result_is_told_as_such(string hex) =>
        Assert.Throws<InvalidDataException>(() => SessionResult.Decode(Convert.FromHexString(hex)));

    [Fact]
    public void Numbers_that_do_not_fit_together_are_not_encoded()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SessionCommand.Encode(0, 1, 0, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => SessionCommand.Encode(1, 0, 0, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => SessionCommand.Encode(1, 2, 2, []));
    }

    private static Driver Filled()
    {
        var log = new Driver();
        var options = new SessionOptions
        {
            SessionsMax = 3, CommandsPerSessionMax = 4, AnswerBytesMax = 4096, IdleEntriesMax = 50,
        };
        var (one, other) = (log.Open(options), log.Open(options));
        log.Apply(Driver.Of(one, 1));
        log.Apply(Driver.Of(other, 3, acknowledged: 1));
        log.Apply(Driver.Of(other, 3, acknowledged: 1));
        return log;
    }

    private static void Fails(Driver log, byte[] snapshot) => Assert.Throws<InvalidDataException>(
        () => log.Machine.Restore(new ReadOnlySequence<byte>(snapshot)));
}
