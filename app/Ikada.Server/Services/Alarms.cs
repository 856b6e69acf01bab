using Ikada.Api.Etcd;
using Ikada.KeyValue;
using Ikada.Primitives;

namespace Ikada.Server;

/// <summary>The alarms of the cluster, which are in the replicated state, and one of this member alone:
/// NOSPACE while its log has no room for writes. That comes and goes by itself and cannot be ended.</summary>
internal sealed class Alarms(StoreCalls calls)
{
    /// <summary>All alarms as this member knows them, by kind and member.</summary>
    public IReadOnlyList<Alarm> All
    {
        get
        {
            var own = new Alarm(calls.Store.Status.Self, AlarmKind.NoSpace);
            using var view = calls.Store.Hold();
            var replicated = view.Alarms;
            return !calls.Store.Status.IsFull || replicated.Contains(own) ? replicated : [own, .. replicated];
        }
    }

    /// <summary>Answers as etcd does. What it does not know changes nothing.</summary>
    public async Task<AlarmResponse> AnswerAsync(AlarmRequest request, CancellationToken client)
    {
        var response = new AlarmResponse();
        if (request.Action == AlarmRequest.Types.AlarmAction.Get)
        {
            await calls.ReadAsync(serializable: false, view => view.Revision, client);
            foreach (var alarm in All)
            {
                if (request.Alarm == AlarmType.None || request.Alarm == (AlarmType)alarm.Kind)
                {
                    response.Alarms.Add(Member(alarm));
                }
            }
        }
        else if (request.Alarm is AlarmType.Nospace or AlarmType.Corrupt
            && request.Action is AlarmRequest.Types.AlarmAction.Activate
                or AlarmRequest.Types.AlarmAction.Deactivate)
        {
            var alarm = new Alarm(new NodeId(request.MemberID), (AlarmKind)request.Alarm);
            var isActive = request.Action == AlarmRequest.Types.AlarmAction.Activate;
            var result = await calls.WriteAsync(KeyValueCommand.EncodeAlarm(alarm, isActive), client);
            if (result.Deleted > 0)
            {
                response.Alarms.Add(Member(alarm));
            }
        }

        response.Header = calls.Header(calls.Store.State.Revision);
        return response;
    }

    private static AlarmMember Member(Alarm alarm) =>
        new() { MemberID = alarm.Member.Value, Alarm = (AlarmType)alarm.Kind };
}
