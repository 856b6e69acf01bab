namespace Ikada.EndToEnd.Tests;

/// <summary>One cluster for the tests of clients that do not mind each other, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class SharedCluster : ICollectionFixture<ClusterFixture>
{
    public const string Name = "one cluster";
}
