using Ikada.Differential;

// What test/differential runs.
if (RunOptions.TryParse(args, out var options, out var wrong))
{
    return await new DifferentialRun(options).RunAsync() ? 0 : 1;
}

Console.Error.WriteLine($"differential: {wrong}");
return 2;
