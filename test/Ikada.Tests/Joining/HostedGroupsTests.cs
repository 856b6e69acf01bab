namespace Ikada.Tests.Joining;

/// <summary>Groups of processes that hold several: each finds its place by itself, as a single one
/// does.</summary>
public sealed class HostedGroupsTests
{
    [Fact]
    public async Task A_group_is_founded_once_all_founders_have_opened_it_whatever_the_others_do()
    {
        await using var processes = await Processes.StartAsync("a", "b", "c");
        var orders = await processes.OpenAsync("orders", "a", "b", "c");
        await processes.OpenAsync("stock", "a", "b");

        await processes.Events["a"].WaitForAsync(402, "c has not opened that group");

        Assert.True((await orders[2].ProposeAsync(new Add(1), Group.Token)).IsApplied);
        Assert.All(processes.Open["stock"], node => Assert.Equal(0ul, node.Status.Term.Value));
        await processes.OpenAsync("stock", "c");
        Assert.True((await processes.Open["stock"][0].ProposeAsync(new Add(1), Group.Token)).IsApplied);
    }

    [Fact]
    public async Task A_process_that_lost_its_disk_comes_back_to_its_groups_by_itself()
    {
        await using var processes = await Processes.StartAsync("a", "b", "c");
        var orders = await processes.OpenAsync("orders", "a", "b", "c");
        await orders[0].ProposeAsync(new Add(5), Group.Token);
        foreach (var node in orders)
        {
            while (node.Members.Current.Any(member => !member.IsBound))
            {
                await Task.Delay(10, Group.Token);
            }
        }

        await processes.StopAsync("c");
        processes.Group.Wipe("c");
        await orders[0].ProposeAsync(new Add(6), Group.Token);

        await processes.StartAsync(processes.Group.OptionsOf("c"));
        var again = await processes.OpenAsync("orders", "c");

        await processes.Events["c"].WaitForAsync(404);
        await processes.Events["c"].WaitForAsync(411);
        Assert.Equal(11, await again[0].QueryAsync(counter => counter.Value, cancellation: Group.Token));
        await Group.HasMembersAsync(orders[0], "a b c");
    }

    [Fact]
    public async Task A_process_with_a_lost_vote_starts_over_and_comes_back_to_all_of_its_groups()
    {
        await using var processes = await Processes.StartAsync("a", "b", "c");
        string[] groups = ["orders", "stock"];
        foreach (var name in groups)
        {
            var nodes = await processes.OpenAsync(name, "a", "b", "c");
            await nodes[0].ProposeAsync(new Add(5), Group.Token);
            while (nodes.Any(node => node.Members.Current.Any(member => !member.IsBound)))
            {
                await Task.Delay(10, Group.Token);
            }
        }

        await processes.StopAsync("c");
        DamageBatches(processes.Group.OptionsOf("c").DataDirectory);

        await processes.StartAsync(processes.Group.OptionsOf("c"));
        Assert.Contains(
            "a vote or the base of", await processes.Events["c"].WaitForAsync(300), StringComparison.Ordinal);
        foreach (var name in groups)
        {
            var again = await processes.OpenAsync(name, "c");
            await processes.Events["c"].WaitForAsync(411);
            await Group.HasMembersAsync(processes.Open[name][0], "a b c");
            Assert.Equal(5, await again[0].QueryAsync(counter => counter.Value, cancellation: Group.Token));
        }
    }

    [Fact]
    public async Task A_process_joins_each_group_that_it_opens()
    {
        await using var processes = await Processes.StartAsync("a", "b", "c");
        string[] groups = ["orders", "stock"];
        await Task.WhenAll(groups.Select(async name =>
        {
            var nodes = await processes.OpenAsync(name, "a", "b", "c");
            await nodes[0].ProposeAsync(new Add(name.Length), Group.Token);
        }));

        await processes.StartAsync(processes.Group.JoinOptionsOf("d", "b"));
        var orders = await processes.OpenAsync("orders", "d");
        var stock = await processes.OpenAsync("stock", "d");

        await Group.HasMembersAsync(orders[0], "a b c d");
        await Group.HasMembersAsync(stock[0], "a b c d");
        Assert.Equal(6, await orders[0].QueryAsync(counter => counter.Value, cancellation: Group.Token));
        Assert.Equal(5, await stock[0].QueryAsync(counter => counter.Value, cancellation: Group.Token));
    }

    [Fact]
    public async Task Changes_of_a_group_may_be_asked_of_any_process()
    {
        await using var processes = await Processes.StartAsync("a", "b", "c");
        var orders = await processes.OpenAsync("orders", "a", "b", "c");
        await orders[0].ProposeAsync(new Add(1), Group.Token);
        var follower = orders.First(node => node.Status.Role != Consensus.Role.Leader);
        var options = processes.Group.JoinOptionsOf("d", "a");
        options.JoinAs = JoinRole.Learner;

        await follower.Members.AddLearnerAsync("d", options.Listen!, Group.Token);
        await processes.StartAsync(options);
        var joined = await processes.OpenAsync("orders", "d");
        await follower.Members.PromoteAsync("d", Group.Token);
        await Group.HasMembersAsync(joined[0], "a b c d");
        await follower.Members.RemoveAsync("d", Group.Token);

        Assert.DoesNotContain(follower.Members.Current, member => member.Name == "d");
    }

    [Fact]
    public async Task A_process_that_joins_another_cluster_is_told_so()
    {
        await using var processes = await Processes.StartAsync("a");
        var options = processes.Group.JoinOptionsOf("d", "a");
        options.Cluster = "other";

        var refusal = await Assert.ThrowsAsync<RaftJoinException>(() => processes.StartAsync(options));

        Assert.Contains("set RaftOptions.Cluster of d to 'test'", refusal.Message, StringComparison.Ordinal);
    }

    // Flips a bit in each sector behind the head of the first segment.
    private static void DamageBatches(string directory)
    {
        var segment = Directory.EnumerateFiles(directory, "segment-*.log").Min(StringComparer.Ordinal)!;
        var bytes = File.ReadAllBytes(segment);
        var head = BitConverter.ToInt32(bytes, 12);
        for (var at = (head + 511) / 512 * 512; at < bytes.Length; at += 512)
        {
            if (bytes.AsSpan(at, 512).ContainsAnyExcept((byte)0))
            {
                bytes[at + 5] ^= 1;
            }
        }

        File.WriteAllBytes(segment, bytes);
    }

    /// <summary>Processes with their groups.</summary>
    private sealed class Processes : IAsyncDisposable
    {
        private readonly Dictionary<string, RaftHost> _hosts = [];

        public Group Group { get; } = new();

        public Dictionary<string, LoggedEvents> Events { get; } = [];

        /// <summary>The members of each group, in the order in which they were opened.</summary>
        public Dictionary<string, List<IRaft<Counter>>> Open { get; } = [];

        public static async Task<Processes> StartAsync(params string[] names)
        {
            var processes = new Processes();
            Array.ForEach(names, name => processes.Group.Add(name));
            foreach (var name in names)
            {
                await processes.StartAsync(processes.Group.OptionsOf(name));
            }

            return processes;
        }

        public async Task StartAsync(RaftOptions options)
        {
            var events = Events[options.Name] = new LoggedEvents();
            _hosts[options.Name] = await RaftHost.StartAsync(
                new RaftHostOptions { Process = options }, events, cancellation: Group.Token);
        }

        public async Task<IReadOnlyList<IRaft<Counter>>> OpenAsync(string group, params string[] names)
        {
            IRaft<Counter>[] opened = await Task.WhenAll(
                names.Select(name => _hosts[name].OpenAsync(group, new Counter(), Group.Token)));
            lock (Open)
            {
                if (!Open.TryGetValue(group, out var all))
                {
                    Open[group] = all = [];
                }

                all.AddRange(opened);
            }

            return opened;
        }

        public async Task StopAsync(string name)
        {
            await _hosts[name].DisposeAsync();
            _hosts.Remove(name);
        }

        public async ValueTask DisposeAsync()
        {
            await Task.WhenAll(_hosts.Values.Select(host => host.DisposeAsync().AsTask()));
            await Group.DisposeAsync();
        }
    }
}
