namespace Ikada.Repository.Tests;

public class PublicApiTests
{
    private const string Approved = "src/Ikada/PublicApi.txt";

    /// <summary>What a program may call changes only on purpose: the difference is seen in review. With
    /// IKADA_REWRITE=1, as ./fix --api sets it, the list is written anew.</summary>
    [Fact]
    public void The_public_api_of_the_library_is_the_approved_one()
    {
        var found = PublicApi.Render(Repository.AssemblyOf("src/Ikada/Ikada.csproj"));
        if (Environment.GetEnvironmentVariable("IKADA_REWRITE") == "1")
        {
            File.WriteAllText(Path.Combine(Repository.Root, Approved), found);
        }

        var approved = Repository.Read(Approved).Split('\n');
        var lines = found.Split('\n');
        Expect.None([
            .. lines.Except(approved).Select(line => $"new, or of another signature: {line}"),
            .. approved.Except(lines).Select(line => $"gone: {line}"),
        ]);
    }
}
