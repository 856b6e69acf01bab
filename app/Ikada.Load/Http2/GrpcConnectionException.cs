namespace Ikada.Load.Http2;

/// <summary>A connection is of no use any more, or never was.</summary>
public sealed class GrpcConnectionException : IOException
{
    public GrpcConnectionException()
    {
    }

    public GrpcConnectionException(string message)
        : base(message)
    {
    }

    public GrpcConnectionException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
