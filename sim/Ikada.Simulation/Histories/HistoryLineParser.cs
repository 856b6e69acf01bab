using System.Text.Json;

namespace Ikada.Simulation.Histories;

/// <summary>Reads the operation on a line, and adds it to a history.</summary>
internal sealed class HistoryLineParser(History history)
{
    private readonly JsonText _name = new();
    private readonly JsonText _op = new();
    private readonly JsonText _result = new();
    private readonly JsonText _key = new();
    private readonly JsonText _value = new();
    private readonly JsonText _from = new();
    private long _line;
    private Field _seen;
    private Field _nulls;
    private long _client;
    private long _start;
    private long _end;
    private string? _endProblem;

    [Flags]
    private enum Field
    {
        None = 0,
        Client = 1,
        Start = 2,
        End = 4,
        Op = 8,
        Key = 16,
        Value = 32,
        From = 64,
        Result = 128,
    }

    /// <summary>Adds the operation on a line.</summary>
    /// <exception cref="HistoryFormatException">It is no operation.</exception>
    public void Add(long line, ReadOnlySpan<byte> text)
    {
        (_line, _seen, _nulls, _endProblem) = (line, Field.None, Field.None, null);
        try
        {
            var reader = new Utf8JsonReader(text);
            ReadObject(ref reader);
        }
        catch (JsonException error)
        {
            // Its message ends with a place in lines that are not those of the file.
            var place = error.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            throw Wrong("it is not one JSON object: " + (place < 0 ? error.Message : error.Message[..place])
                + $" (byte {error.BytePositionInLine + 1} of the line)");
        }

        history.Add(_key.Span, Operation());
    }

    private void ReadObject(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Wrong($"it is {Word(reader.TokenType)}, not a JSON object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Take(ref reader, _name, "the name of a field");
            var field = FieldOf(_name.Span);
            reader.Read();
            if (field == Field.None)
            {
                reader.Skip();
                continue;
            }

            if ((_seen & field) != 0)
            {
                throw Wrong($"field '{Name(field)}' stands there twice");
            }

            _seen |= field;
            ReadField(ref reader, field);
        }

        reader.Read(); // what stands behind the object is no JSON
    }

    private void ReadField(ref Utf8JsonReader reader, Field field)
    {
        switch (field)
        {
            case Field.Client:
                _client = Integer(ref reader, field);
                break;
            case Field.Start:
                _start = Integer(ref reader, field);
                break;
            case Field.End:
                // Whether it must be right can be told only when the result is known.
                _endProblem = Problem(ref reader, field, out _end);
                reader.Skip();
                break;
            case Field.Value or Field.From when reader.TokenType == JsonTokenType.Null:
                _nulls |= field;
                break;
            default:
                ReadText(ref reader, field);
                break;
        }
    }

    private long Integer(ref Utf8JsonReader reader, Field field) =>
        Problem(ref reader, field, out var number) is { } problem ? throw Wrong(problem) : number;

    private static string? Problem(ref Utf8JsonReader reader, Field field, out long number)
    {
        number = 0;
        if (reader.TokenType != JsonTokenType.Number)
        {
            return $"field '{Name(field)}' is {Word(reader.TokenType)}; it must be an integer";
        }

        return JsonInteger.TryRead(ref reader, out number)
            ? null
            : $"field '{Name(field)}' is {JsonInteger.Shown(reader.ValueSpan)}; it must be an integer of 64 "
                + "bits";
    }

    private void ReadText(ref Utf8JsonReader reader, Field field)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw Wrong($"field '{Name(field)}' is {Word(reader.TokenType)}; it must be a string");
        }

        Take(
            ref reader,
            field switch
            {
                Field.Op => _op,
                Field.Key => _key,
                Field.Result => _result,
                Field.Value => _value,
                _ => _from,
            },
            $"field '{Name(field)}'");
    }

    private void Take(ref Utf8JsonReader reader, JsonText text, string what)
    {
        if (!text.TryTake(reader.ValueSpan, reader.ValueIsEscaped))
        {
            throw Wrong($"{what} is not UTF-8");
        }
    }

    private HistoryOp Operation()
    {
        Require(Field.Client, Field.Start, Field.Op, Field.Key, Field.Result);
        var kind = _op.Span switch
        {
            "get" => HistoryOpKind.Get,
            "put" => HistoryOpKind.Put,
            "del" => HistoryOpKind.Delete,
            "cas" => HistoryOpKind.CompareAndSet,
            _ => throw Wrong($"field 'op' is {_op.Quoted()}; it must be get, put, del or cas"),
        };
        var result = Result(kind);
        if (result != HistoryResult.Unknown)
        {
            CheckEnd();
        }

        var value = Value(kind, result);
        var from = kind == HistoryOpKind.CompareAndSet && IsGiven(Field.From)
            ? history.ValueNumber(_from.Span) : History.MissingValue;
        var end = result == HistoryResult.Unknown ? long.MaxValue : _end;
        return new HistoryOp(_client, _start, end, kind, result, value, from, _line);
    }

    private HistoryResult Result(HistoryOpKind kind) => _result.Span switch
    {
        "ok" => HistoryResult.Ok,
        "unknown" => HistoryResult.Unknown,
        "fail" => HistoryResult.Failed,
        "missing" when kind == HistoryOpKind.Get => HistoryResult.Missing,
        "mismatch" when kind == HistoryOpKind.CompareAndSet => HistoryResult.Mismatch,
        "missing" or "mismatch" => throw Wrong($"a {_op.Span} cannot have the result {_result.Quoted()}: "
            + "missing is for a get, mismatch for a cas"),
        _ => throw Wrong(
            $"field 'result' is {_result.Quoted()}; it must be ok, missing, mismatch, unknown or fail"),
    };

    private void CheckEnd()
    {
        if (_endProblem is not null)
        {
            throw Wrong(_endProblem);
        }

        Require(Field.End);
        if (_start > _end)
        {
            throw Wrong($"it starts at {_start}, after its end at {_end}");
        }
    }

    private int Value(HistoryOpKind kind, HistoryResult result)
    {
        var isRead = kind == HistoryOpKind.Get;
        if (isRead && result == HistoryResult.Missing && IsGiven(Field.Value))
        {
            throw Wrong($"a get found {_value.Quoted()} and its result is \"missing\"; it must be \"ok\" or "
                + "have no value");
        }

        var isNeeded = isRead ? result == HistoryResult.Ok : kind != HistoryOpKind.Delete;
        if (isNeeded && !IsGiven(Field.Value))
        {
            throw Wrong(isRead
                ? "field 'value' is missing: a get whose result is ok says what it read"
                : $"field 'value' is missing: a {_op.Span} says what it writes");
        }

        return isNeeded ? history.ValueNumber(_value.Span) : History.MissingValue;
    }

    private bool IsGiven(Field field) => (_seen & field) != 0 && (_nulls & field) == 0;

    private void Require(params ReadOnlySpan<Field> fields)
    {
        foreach (var field in fields)
        {
            if ((_seen & field) == 0)
            {
                throw Wrong($"field '{Name(field)}' is missing");
            }
        }
    }

    private HistoryFormatException Wrong(string problem) => new(_line, problem);

    private static Field FieldOf(ReadOnlySpan<char> name) => name switch
    {
        "client" => Field.Client,
        "start" => Field.Start,
        "end" => Field.End,
        "op" => Field.Op,
        "key" => Field.Key,
        "value" => Field.Value,
        "from" => Field.From,
        "result" => Field.Result,
        _ => Field.None,
    };

    private static string Name(Field field) => field switch
    {
        Field.Client => "client",
        Field.Start => "start",
        Field.End => "end",
        Field.Op => "op",
        Field.Key => "key",
        Field.Value => "value",
        Field.From => "from",
        _ => "result",
    };

    private static string Word(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        _ => "null",
    };
}
