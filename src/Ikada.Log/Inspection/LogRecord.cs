using Ikada.Log.Format;

namespace Ikada.Log.Inspection;

/// <summary>The size of things in the stream.</summary>
public static class LogRecord
{
    /// <summary>The bytes that a record with a body of that length takes, padding included.</summary>
    public static long BytesOf(int bodyBytes) => RecordHeader.Bytes + (long)LogFormat.AlignRecord(bodyBytes);
}
