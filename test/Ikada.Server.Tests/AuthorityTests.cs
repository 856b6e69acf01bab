using System.IO.Pipelines;
using System.Text;

namespace Ikada.Server.Tests;

/// <summary>etcd never looks at <c>:authority</c>, and etcdctl 3.4 sends a whole URL there.</summary>
public sealed class AuthorityTests
{
    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();
    private static readonly byte[] Settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];

    // ":method: POST", and the path "/" and scheme from the table, then an authority that joins the table.
    private static readonly byte[] Before = [0x83, 0x86, 0x84, 0x41];
    private static readonly byte[] After = [0x40, 1, (byte)'x', 1, (byte)'y'];

    [Fact]
    public void The_text_of_the_example_in_the_standard_is_read()
    {
        // RFC 7541, C.4.1 and C.4.3.
        Assert.Equal("www.example.com", HuffmanText.Read(Convert.FromHexString("f1e3c2e5f23a6ba0ab90f4ff")));
        Assert.Equal("custom-value", HuffmanText.Read(Convert.FromHexString("25a849e95bb8e8b4bf")));
        Assert.Null(HuffmanText.Read([0xFF, 0xFF, 0xFF, 0xFF]));
    }

    [Theory]
    [InlineData("http://127.0.0.1:2379", "http---127.0.0.1:2379")]
    [InlineData("https://[::1]:2379", "https------1-:2379")]
    [InlineData("#initially=[127.0.0.1:2379]", "-initially=-127.0.0.1-2379-")]
    [InlineData("http://etcd.local:2379/", "http---etcd.local-2379-")]
    public void What_is_no_host_becomes_one_of_the_same_length(string sent, string mended)
    {
        Assert.Equal(sent.Length, mended.Length);
        Assert.Equal(
            Encoding.ASCII.GetString(Block(mended)),
            Encoding.ASCII.GetString(Authority.Mended(Block(sent)) ?? []));
    }

    [Theory]
    [InlineData("127.0.0.1:2379")]
    [InlineData("[::1]:2379")]
    [InlineData("localhost")]
    [InlineData("")]
    public void A_host_is_left_as_it_is(string sent) => Assert.Null(Authority.Mended(Block(sent)));

    [Fact]
    public void A_coded_value_and_a_long_one_are_mended_too()
    {
        // "a/b" in the Huffman code: 00011 011000 100011, filled up with ones.
        byte[] coded = [.. Before, 0x80 | 3, 0b00011011, 0b00010001, 0b11111111, .. After];
        Assert.Equal(Block("a-b"), Authority.Mended(coded));
        var length = new string('a', 300);
        byte[] expected = [.. Before, 0x7F, 0xAE, 1, .. Encoding.ASCII.GetBytes(length + "-"), .. After];
        byte[] sent = [.. Before, 0x7F, 0xAE, 1, .. Encoding.ASCII.GetBytes(length + "/"), .. After];
        Assert.Equal(expected, Authority.Mended(sent));
    }

    [Fact]
    public void A_block_that_is_cut_off_anywhere_is_left_to_the_server()
    {
        var whole = Block("http://x:1");
        for (var length = 0; length < whole.Length - After.Length; length++)
        {
            Assert.Null(Authority.Mended(whole.AsSpan(0, length)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task However_the_bytes_come_the_first_call_is_mended_and_all_else_passes(int at)
    {
        byte[] later = [.. Frame(Block("http://later:1")), 1, 2, 3];
        byte[] sent = [.. Preface, .. Settings, .. Frame(Block("http://x:1")), .. later];
        byte[] expected = [.. Preface, .. Settings, .. Frame(Block("http---x:1")), .. later];
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(await ThroughAsync(sent, at)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task What_is_in_order_or_speaks_something_else_passes_unchanged(int at)
    {
        byte[] good = [.. Preface, .. Settings, .. Frame(Block("x:1")), .. Frame(Block("http://x:1"))];
        Assert.Equal(Convert.ToHexString(good), Convert.ToHexString(await ThroughAsync(good, at)));
        byte[] cut = [.. Preface, .. Settings, .. Frame(Block("http://x:1")).AsSpan(0, 12)];
        Assert.Equal(Convert.ToHexString(cut), Convert.ToHexString(await ThroughAsync(cut, at)));
        byte[] tooLong = [.. Preface, 0xFF, 0, 0, 1, 4, 0, 0, 0, 1, 9, 9];
        Assert.Equal(Convert.ToHexString(tooLong), Convert.ToHexString(await ThroughAsync(tooLong, at)));
        var other = "GET / HTTP/1.1\r\nHost: http://x\r\n\r\n"u8.ToArray();
        Assert.Equal(Convert.ToHexString(other), Convert.ToHexString(await ThroughAsync(other, at)));
    }

    private static byte[] Block(string authority) =>
        [.. Before, (byte)authority.Length, .. Encoding.ASCII.GetBytes(authority), .. After];

    private static byte[] Frame(byte[] block) => [0, 0, (byte)block.Length, 1, 4, 0, 0, 0, 1, .. block];

    // Writes so many bytes at a time, and takes half of what is given, then all, as a reader may.
    private static async Task<byte[]> ThroughAsync(byte[] sent, int at)
    {
        var pipe = new Pipe();
        var reader = new AuthorityReader(pipe.Reader);
        var got = new List<byte>();
        var reading = Task.Run(async () =>
        {
            while (true)
            {
                var read = await reader.ReadAsync(TestContext.Current.CancellationToken);
                var taken = read.Buffer.Slice(0, (read.Buffer.Length + 1) / 2);
                got.AddRange(System.Buffers.BuffersExtensions.ToArray(taken));
                var isEnd = read.IsCompleted && taken.Length == read.Buffer.Length;
                reader.AdvanceTo(taken.End);
                if (isEnd)
                {
                    return;
                }
            }
        });
        foreach (var piece in sent.Chunk(at))
        {
            await pipe.Writer.WriteAsync(piece, TestContext.Current.CancellationToken);
        }

        await pipe.Writer.CompleteAsync();
        await reading;
        return [.. got];
    }
}
