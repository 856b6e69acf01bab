using System.Net.Sockets;
using System.Text;
using Ikada.Cli.Serving;

namespace Ikada.Cli.Tests;

public class SystemdTests
{
    [Fact]
    public void Readiness_goes_to_the_socket_that_is_named()
    {
        var path = Path.Combine(Path.GetTempPath(), $"ikada-{Guid.NewGuid():N}.sock");
        try
        {
            using var service = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            service.Bind(new UnixDomainSocketEndPoint(path));
            service.ReceiveTimeout = 10_000;
            Assert.Null(Systemd.Notify(path, "READY=1"));
            var buffer = new byte[64];
            Assert.Equal("READY=1", Encoding.UTF8.GetString(buffer, 0, service.Receive(buffer)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Without_a_socket_nothing_happens() => Assert.Null(Systemd.Notify(null, "READY=1"));

    [Fact]
    public void A_socket_that_is_not_there_is_told_and_not_fatal() =>
        Assert.StartsWith(
            "NOTIFY_SOCKET=/nowhere/s: ", Systemd.Notify("/nowhere/s", "READY=1"), StringComparison.Ordinal);
}
