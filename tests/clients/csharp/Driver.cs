using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using Promptcms.Client;

/// <summary>A client that a test drives: a JSON object a line on standard input, one on standard output.</summary>
internal sealed class Driver
{
    private PromptClient _client;
    private Watching _watching;
    private Prompt _prompt;

    public int Run()
    {
        string line;
        while ((line = Console.ReadLine()) != null)
        {
            Dictionary<string, object> said;
            try
            {
                said = Do(Contract.Map(Json.Read(line)));
            }
            catch (PromptcmsException problem)
            {
                said = new Dictionary<string, object>
                {
                    ["error"] = problem.Kind, ["code"] = problem.Code, ["message"] = problem.Message, ["all"] = problem.ToString(),
                };
            }
            Console.WriteLine(JsonWriter.Write(said));
        }
        return 0; // without Dispose: what waits is sent when the process ends
    }

    private Dictionary<string, object> Do(Dictionary<string, object> wish)
    {
        Func<string, string> text = name => Contract.Get(wish, name) as string;
        switch ((string)wish["do"])
        {
            case "open":
                Open(wish);
                return Shown();
            case "get":
                var watch = Stopwatch.StartNew();
                _prompt = _client.GetPrompt((string)wish["name"], text("label"), text("version"), text("unit"), text("fallback"));
                return Shown(watch.Elapsed.TotalSeconds);
            case "compile":
                return new Dictionary<string, object> { ["text"] = Compiled(wish) };
            case "report":
                _client.Report(_prompt, Reported(wish));
                return Shown();
            case "flush":
                int left = _client.FlushAsync().Result;
                return new Dictionary<string, object> { ["not_taken"] = left, ["logged"] = _watching.Logged };
            case "pull":
                return new Dictionary<string, object> { ["count"] = _client.PullAsync((string)wish["file"]).Result };
            case "statuses":
                return new Dictionary<string, object> { ["statuses"] = _watching.Statuses() };
            default:
                throw new ArgumentException("The driver does not know " + wish["do"]);
        }
    }

    /// <summary>The report of a wish with `error`, `scores` and `sample`; else the usual one.</summary>
    private static Report Reported(Dictionary<string, object> wish)
    {
        var report = new Report { LatencyMs = 12.5, Error = (bool)(Contract.Get(wish, "error") ?? false) };
        report.Scores = wish.ContainsKey("scores")
            ? Contract.Map(wish["scores"]).ToDictionary(score => score.Key, score => Convert.ToDouble(score.Value))
            : new Dictionary<string, double> { ["good"] = 1 };
        if (!wish.ContainsKey("sample")) return report;
        Dictionary<string, object> sample = Contract.Map(wish["sample"]);
        report.Sample = new Sample
        {
            Input = sample["input"], Output = (string)sample["output"],
            Context = ((List<object>)sample["context"]).Cast<string>(),
        };
        return report;
    }

    private void Open(Dictionary<string, object> wish)
    {
        _client?.Dispose();
        _watching = new Watching();
        var options = new PromptClientOptions { Transport = _watching, Log = line => _watching.Logged.Add(line) };
        options.Url = Contract.Get(wish, "url") as string;
        options.Key = Contract.Get(wish, "key") as string;
        options.SnapshotFile = Contract.Get(wish, "snapshot") as string;
        options.Offline = Contract.Get(wish, "offline") as bool?;
        if (wish.ContainsKey("sample_share")) options.SampleShare = Convert.ToDouble(wish["sample_share"]);
        if (wish.ContainsKey("refresh")) options.Refresh = TimeSpan.FromSeconds(Convert.ToDouble(wish["refresh"]));
        if (wish.ContainsKey("max_stale")) options.MaxStale = TimeSpan.FromSeconds(Convert.ToDouble(wish["max_stale"]));
        if (wish.ContainsKey("timeout")) options.Timeout = TimeSpan.FromSeconds(Convert.ToDouble(wish["timeout"]));
        _client = new PromptClient(options);
    }

    private object Compiled(Dictionary<string, object> wish)
    {
        Dictionary<string, object> values = Contract.Map(wish["values"]);
        if (_prompt.Kind == "text") return _prompt.Compile(values);
        return _prompt.CompileMessages(values).Select(message => (object)message.ToJson()).ToList();
    }

    private Dictionary<string, object> Shown(double took = 0)
    {
        var shown = new Dictionary<string, object> { ["client"] = _client.ToString(), ["took"] = took };
        if (_prompt == null) return shown;
        shown["version"] = _prompt.Version;
        shown["variant"] = _prompt.Variant;
        shown["state"] = _prompt.State.ToString().ToLowerInvariant();
        shown["age"] = _prompt.Age.TotalSeconds;
        shown["generation"] = _prompt.Generation;
        shown["fell_back"] = _prompt.FellBack;
        shown["error"] = null;
        shown["why"] = _prompt.Error?.ToString();
        shown["shown"] = _prompt.ToString();
        shown["attributes"] = _prompt.Attributes.ToDictionary(member => member.Key, member => member.Value);
        return shown;
    }

    /// <summary>The real transport, and the statuses of what it brought.</summary>
    private sealed class Watching : ITransport
    {
        private readonly HttpTransport _real = new HttpTransport();
        private readonly List<object> _statuses = new List<object>();

        public List<object> Logged { get; } = new List<object>();

        public List<object> Statuses()
        {
            lock (_statuses)
            {
                List<object> seen = _statuses.ToList();
                _statuses.Clear();
                return seen;
            }
        }

        public async Task<TransportAnswer> SendAsync(TransportRequest request, TimeSpan timeout)
        {
            int status = 0;
            try
            {
                TransportAnswer answer = await _real.SendAsync(request, timeout);
                status = answer.Status;
                return answer;
            }
            finally
            {
                lock (_statuses) _statuses.Add(status);
            }
        }

        public void Dispose()
        {
            _real.Dispose();
        }
    }
}
