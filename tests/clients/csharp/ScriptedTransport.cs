using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Promptcms.Client;

/// <summary>A server that answers what a case says, in turn, and remembers what it was asked.</summary>
internal sealed class ScriptedTransport : ITransport
{
    private readonly Queue<Dictionary<string, object>> _answers = new Queue<Dictionary<string, object>>();
    private readonly Dictionary<string, object> _documents;

    public ScriptedTransport(Dictionary<string, object> documents)
    {
        _documents = documents;
    }

    /// <summary>The requests since the last script.</summary>
    public List<TransportRequest> Requests { get; } = new List<TransportRequest>();

    public void Script(List<object> answers)
    {
        if (_answers.Count > 0) throw new Exception($"{_answers.Count} answers were not asked for");
        Requests.Clear();
        foreach (object answer in answers) _answers.Enqueue((Dictionary<string, object>)answer);
    }

    public Task<TransportAnswer> SendAsync(TransportRequest request, TimeSpan timeout)
    {
        lock (Requests)
        {
            Requests.Add(request);
            if (_answers.Count == 0) throw new Exception("one request too many: " + request.Path);
            Dictionary<string, object> said = _answers.Dequeue();
            if (said.ContainsKey("failure")) throw new TransportException("Connection refused");
            return Task.FromResult(Answer(said));
        }
    }

    public void Dispose() { }

    private TransportAnswer Answer(Dictionary<string, object> said)
    {
        var headers = new Dictionary<string, string>();
        foreach (var name in new Dictionary<string, string>
        {
            ["etag"] = "ETag", ["generation"] = "X-Pcms-Generation", ["stale"] = "X-Pcms-Stale",
            ["retry_after"] = "Retry-After", ["location"] = "Location",
        })
            if (said.ContainsKey(name.Key)) headers[name.Value] = said[name.Key].ToString();
        return new TransportAnswer((int)(long)said["status"], headers, Body(said));
    }

    private string Body(Dictionary<string, object> said)
    {
        if (said.ContainsKey("raw")) return (string)said["raw"];
        if (said.ContainsKey("document")) return JsonWriter.Write(_documents[(string)said["document"]]);
        var problem = new Dictionary<string, object>();
        if (said.ContainsKey("code")) problem["error"] = said["code"];
        if (said.ContainsKey("message")) problem["message"] = said["message"];
        if (said.ContainsKey("field")) problem["field"] = said["field"];
        return problem.Count == 0 ? "" : JsonWriter.Write(problem);
    }
}
