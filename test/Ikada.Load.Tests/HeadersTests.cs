using Ikada.Load.Http2;

namespace Ikada.Load.Tests;

public class HeadersTests
{
    [Fact]
    public void RFC_7541_C_6_1_a_coded_status_is_read()
    {
        var headers = new ResponseHeaders();
        headers.Read([0x48, 0x82, 0x64, 0x02]);
        Assert.Equal("302", headers.HttpStatus);
        // It is in the table now.
        headers.Read([0xBE]);
        Assert.Equal("302", headers.HttpStatus);
    }

    [Fact]
    public void A_status_that_was_inserted_moves_back_as_others_are()
    {
        var headers = new ResponseHeaders();
        headers.Read([0x40, 11, .. "grpc-status"u8, 1, (byte)'7']);
        headers.Read([0x40, 1, (byte)'a', 1, (byte)'b']);
        headers.Read([0xBF]);
        Assert.Equal("7", headers.GrpcStatus);
    }

    [Fact]
    public void A_table_of_no_bytes_keeps_nothing()
    {
        var headers = new ResponseHeaders();
        headers.Read([0x20, 0x40, 11, .. "grpc-status"u8, 1, (byte)'0']);
        Assert.Equal("0", headers.GrpcStatus);
        Assert.Throws<GrpcConnectionException>(() => headers.Read([0xBE]));
    }

    [Fact]
    public void A_request_is_a_byte_a_header_once_all_is_known()
    {
        var headers = new RequestHeaders("localhost:2379", isTls: false);
        var first = headers.Of(GrpcMethod.Put);
        Assert.Equal([0x83, 0x86, 0xC1, 0xC0, 0xBF, 0xBE], headers.Of(GrpcMethod.Put));
        Assert.True(first.Length > 50);
        // One more path: what was there before has an index more.
        _ = headers.Of(GrpcMethod.Range);
        Assert.Equal([0x83, 0x86, 0xBE, 0xC1, 0xC0, 0xBF], headers.Of(GrpcMethod.Range));
        Assert.Equal([0x83, 0x86, 0xC2, 0xC1, 0xC0, 0xBF], headers.Of(GrpcMethod.Put));
    }
}
