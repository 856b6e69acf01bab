using System.Net;

namespace Ikada.Transport.Tests;

public sealed class RefusalLogTests
{
    private readonly ManualTime _time = new();
    private readonly IPEndPoint[] _endPoints = Cluster.FreeEndPoints(2);

    [Fact]
    public async Task The_same_refusal_is_a_warning_once_a_minute_with_the_count_of_the_others()
    {
        await using var a = await Cluster.StartAsync(Cluster.Options(0, _endPoints) with { Time = _time });
        for (var i = 0; i < 10; i++)
        {
            await RefusedAsync();
        }

        Assert.Equal(1, a.Log.CountOf("Refused a connection", "NotAGreeting"));
        Assert.Equal(9, a.Log.CountOf("Refused again", "NotAGreeting"));
        _time.Advance(TimeSpan.FromSeconds(61));
        await RefusedAsync();
        Assert.Equal(1, a.Log.CountOf("Refused a connection", "NotAGreeting", "9 more since"));
    }

    [Fact]
    public async Task Another_reason_of_the_same_address_is_told_at_once()
    {
        await using var a = await Cluster.StartAsync(Cluster.Options(0, _endPoints) with { Time = _time });
        await RefusedAsync();
        await Assert.ThrowsAnyAsync<Exception>(
            () => RawPeer.JoinAsync(_endPoints[0], Cluster.Sender(5), to: 0));
        Assert.Equal(1, a.Log.CountOf("Refused a connection", "NotAGreeting"));
        Assert.Equal(1, a.Log.CountOf("Refused a connection", "UnknownMember"));
    }

    // The answer comes after the line in the log.
    private async Task RefusedAsync()
    {
        using var raw = await RawPeer.ConnectAsync(_endPoints[0]);
        await raw.SendAsync("GET /health HTTP/1.1\r\n\r\n"u8.ToArray());
        Assert.Equal(Wire.FrameType.Reject, (await raw.ReadAsync()).Type);
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;
    }
}
