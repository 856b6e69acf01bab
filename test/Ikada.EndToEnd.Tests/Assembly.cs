// Each test runs several servers: one at a time, so that election timeouts mean something on a small machine.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
