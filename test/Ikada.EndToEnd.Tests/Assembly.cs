// Each test runs several servers: one at a time, so that election timeouts mean something on a small machine.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
