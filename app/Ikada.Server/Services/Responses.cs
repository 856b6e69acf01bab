using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>From the store's results to etcd's responses.</summary>
internal static class Responses
{
    public static RangeResponse Range(ResponseHeader header, RangeResult result)
    {
        var response = new RangeResponse { Header = header, Count = result.Count, More = result.More };
        response.Kvs.Capacity = result.Items.Count;
        for (var i = 0; i < result.Items.Count; i++)
        {
            response.Kvs.Add(Requests.KeyValue(result.Items[i]));
        }

        return response;
    }

    public static PutResponse Put(ResponseHeader header, KeyValueResult result) => new()
    {
        Header = header,
        PrevKv = result.Previous.Count > 0 ? Requests.KeyValue(result.Previous[0]) : null,
    };

    public static DeleteRangeResponse Delete(ResponseHeader header, KeyValueResult result)
    {
        var response = new DeleteRangeResponse { Header = header, Deleted = result.Deleted };
        for (var i = 0; i < result.Previous.Count; i++)
        {
            response.PrevKvs.Add(Requests.KeyValue(result.Previous[i]));
        }

        return response;
    }

    /// <summary>The response to a transaction. What its operations gave comes in their order.</summary>
    public static TxnResponse Transaction(ResponseHeader header, TxnRequest request, KeyValueResult result)
    {
        var response = new TxnResponse { Header = header, Succeeded = result.Succeeded };
        var operations = result.Succeeded ? request.Success : request.Failure;
        for (var i = 0; i < result.Responses.Count; i++)
        {
            response.Responses.Add(Operation(operations[i], result.Responses[i]));
        }

        return response;
    }

    /// <summary>Headers within a transaction have the revision alone, those of nested transactions not
    /// even that.</summary>
    private static ResponseOp Operation(RequestOp request, OperationResult result) =>
        request.RequestCase switch
        {
            RequestOp.RequestOneofCase.RequestRange => new ResponseOp
            {
                ResponseRange = Range(new ResponseHeader { Revision = result.Range!.Revision }, result.Range),
            },
            RequestOp.RequestOneofCase.RequestPut => new ResponseOp
            {
                ResponsePut = Put(new ResponseHeader { Revision = result.Write!.Revision }, result.Write),
            },
            RequestOp.RequestOneofCase.RequestDeleteRange => new ResponseOp
            {
                ResponseDeleteRange =
                    Delete(new ResponseHeader { Revision = result.Write!.Revision }, result.Write),
            },
            _ => new ResponseOp
            {
                ResponseTxn = Transaction(new ResponseHeader(), request.RequestTxn, result.Write!),
            },
        };
}
