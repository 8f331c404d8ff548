using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Promptcms.Client;

/// <summary>A server that takes 100 ms for the same answer to everybody, and counts.</summary>
internal sealed class SlowTransport : ITransport
{
    private readonly string _body;
    private int _count;
    private int _observed;

    public SlowTransport(Contract contract, int status)
    {
        _body = JsonWriter.Write(contract.Documents["control"]);
        Status = status;
    }

    public int Status { get; set; }
    public int PostStatus { get; set; } = 202;
    public int Count => _count;
    public int Observed => _observed;
    public int Posts { get; private set; }
    public int LargestBatch { get; private set; }
    public TransportRequest Last { get; private set; }

    public async Task<TransportAnswer> SendAsync(TransportRequest request, TimeSpan timeout)
    {
        Last = request;
        if (request.Method == "POST")
        {
            int size = ((List<object>)Contract.Map(Json.Read(request.Body))["observations"]).Count;
            Posts++;
            LargestBatch = Math.Max(size, LargestBatch);
            Interlocked.Add(ref _observed, size);
            return new TransportAnswer(PostStatus, new Dictionary<string, string>(), "");
        }
        Interlocked.Increment(ref _count);
        await Task.Delay(100).ConfigureAwait(false);
        return new TransportAnswer(Status, new Dictionary<string, string>(), Status == 200 ? _body : "");
    }

    public void Dispose() { }
}
