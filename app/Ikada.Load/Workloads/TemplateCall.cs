using Ikada.Load.Running;

namespace Ikada.Load.Workloads;

/// <summary>A client that sends requests of one template, or of two in a mixture.</summary>
internal sealed class TemplateCall : LoadCall
{
    private readonly RequestTemplate _first;
    private readonly RequestTemplate _second;
    private readonly byte[] _firstMessage;
    private readonly byte[] _secondMessage;
    private readonly int _percentOfFirst;
    private readonly Random _random;
    private readonly Func<int>? _numbers;
    private RequestTemplate _current;

    /// <param name="number">The client's; decides what it draws.</param>
    /// <param name="first">What is sent so often.</param>
    /// <param name="second">What is sent else.</param>
    /// <param name="percentOfFirst">0 to 100.</param>
    /// <param name="numbers">Gives the numbers of the keys; null: any, with equal chances.</param>
    public TemplateCall(
        int number, RequestTemplate first, RequestTemplate second, int percentOfFirst, Func<int>? numbers)
    {
        (_first, _second, _percentOfFirst) = (first, second, percentOfFirst);
        _firstMessage = [.. first.Message];
        _secondMessage = [.. second.Message];
        _random = new Random(number);
        _numbers = numbers;
        _current = first;
    }

    protected override void Send()
    {
        var isFirst = _percentOfFirst == 100 || _random.Next(100) < _percentOfFirst;
        _current = isFirst ? _first : _second;
        var message = isFirst ? _firstMessage : _secondMessage;
        _current.SetKey(message, _numbers?.Invoke() ?? _random.Next(_current.Keys.Count));
        Connection.Begin(_current.Method, message, this);
    }

    protected override string? Check(ReadOnlySpan<byte> message) => _current.Check(message);
}
