using System;
using System.Collections.Generic;
using System.Linq;
using Promptcms.Client;

/// <summary>The body of the list `report`, what its answers mean, and the list `header`.</summary>
internal sealed class ReportCases
{
    private readonly Contract _contract;

    public ReportCases(Contract contract)
    {
        _contract = contract;
    }

    /// <summary>An observation of the contract's batch is what the same report of this client becomes.</summary>
    public void Batch(Dictionary<string, object> given)
    {
        Action<PromptClientOptions> change = options =>
        {
            options.UtcNow = () => DateTime.Parse((string)given["ts"]).ToUniversalTime();
            options.SampleShare = 1;
        };
        using (var stage = new Stage(_contract, change))
        {
            bool treated = (string)given["variant"] == "treatment";
            stage.Transport.Script(new List<object> { Answer(200, treated ? "rolling" : "control"), Answer(202, null) });
            Prompt prompt = stage.Client.GetPrompt("support/system", unit: "Zoë");
            stage.Client.Report(prompt, ReportOf(given));
            Contract.Same("not taken", 0L, stage.Client.FlushAsync().Result);
            TransportRequest sent = stage.Transport.Requests.Last();
            Contract.Same("path", Contract.Map(_contract.All["report"])["path"], sent.Path);
            Dictionary<string, object> body = Contract.Map(Json.Read(sent.Body));
            Contract.Same("members of the batch", "observations", string.Join(",", body.Keys));
            Dictionary<string, object> seen = Contract.Map(((List<object>)body["observations"]).Single());
            Contract.True("the id is no UUID", Guid.TryParse((string)seen["id"], out Guid _));
            var expected = new Dictionary<string, object>(given) { ["id"] = seen["id"] };
            expected["label"] = Contract.Get(given, "label") ?? "production";
            Contract.Same("the observation", expected, seen);
            Contract.True("the unit left the process", !sent.Body.Contains("Zo"));
        }
    }

    /// <summary>An answer to a batch: taken, dropped with one line in the log, or sent again with the same ids.</summary>
    public void Answers(Dictionary<string, object> given)
    {
        using (var stage = new Stage(_contract))
        {
            bool taken = (bool)given["taken"];
            bool again = (bool)(Contract.Get(given, "again") ?? false);
            int status = (int)(long)given["status"];
            var answers = new List<object> { Answer(200, "control") };
            answers.AddRange(Enumerable.Repeat((object)Answer(status, null), again ? 6 : 1));
            stage.Transport.Script(answers);
            Prompt prompt = stage.Client.GetPrompt("support/system");
            stage.Client.Report(prompt, new Report());
            stage.Client.Report(prompt, new Report());
            Contract.Same("not taken", taken ? 0L : 2L, stage.Client.FlushAsync().Result);
            Contract.Same("still waiting", 0L, stage.Client.Observations.Waiting().Count);
            Contract.Same("dropped", taken ? 0L : 2L, stage.Client.DroppedObservations);
            Contract.Same("requests", again ? 7L : 2L, stage.Transport.Requests.Count);
            Contract.Same("different batches", 1L, stage.Transport.Requests.Skip(1).Select(sent => sent.Body).Distinct().Count());
            Contract.Same("lines in the log", taken ? 0L : 1L, stage.Logged.Count);
            Contract.True("the waits do not grow", stage.Waits.SequenceEqual(stage.Waits.OrderBy(wait => wait)));
        }
    }

    /// <summary>A call carries its sample by a hash of its id.</summary>
    public void Chosen(Dictionary<string, object> given)
    {
        Contract.Same("chosen", given["chosen"], Sample.IsChosen((string)given["id"], Convert.ToDouble(given["share"])));
    }

    /// <summary>A sample is sent as it is, or left out and its observation sent.</summary>
    public void Samples(Dictionary<string, object> given)
    {
        using (var stage = new Stage(_contract, options => options.SampleShare = 1))
        {
            stage.Transport.Script(new List<object> { Answer(200, "control"), Answer(202, null) });
            var expected = new Dictionary<string, object>(Contract.Map(given["sample"]));
            if (given.ContainsKey("times"))
                expected["output"] = string.Concat(Enumerable.Repeat((string)expected["output"], (int)(long)given["times"]));
            Prompt prompt = stage.Client.GetPrompt("support/system");
            stage.Client.Report(prompt, new Report { LatencyMs = 5, Sample = SampleOf(expected) });
            Contract.Same("not taken", 0L, stage.Client.FlushAsync().Result);
            Dictionary<string, object> body = Contract.Map(Json.Read(stage.Transport.Requests.Last().Body));
            Dictionary<string, object> seen = Contract.Map(((List<object>)body["observations"]).Single());
            Contract.Same("the latency", 5L, seen["latency_ms"]);
            Contract.True("the sample was left out, or not", seen.ContainsKey("sample") == (bool)given["sent"]);
            if ((bool)given["sent"]) Contract.Same("the sample", expected, Contract.Map(seen["sample"]));
        }
    }

    private static Sample SampleOf(Dictionary<string, object> given)
    {
        return new Sample
        {
            Input = Contract.Get(given, "input") ?? "",
            Output = Contract.Get(given, "output") as string,
            Context = (Contract.Get(given, "context") as List<object>)?.Select(text => text as string),
        };
    }

    public void Header(Dictionary<string, object> given)
    {
        List<string> variables = (given["variables"] as List<object>)?.Cast<string>().ToList();
        Contract.Same("header", given["header"], ClientHeader.Write((string)given["client"], (string)given["process"], variables));
    }

    private static Report ReportOf(Dictionary<string, object> given)
    {
        return new Report
        {
            Error = (bool)given["error"],
            ErrorType = Contract.Get(given, "error_type") as string,
            LatencyMs = Contract.Get(given, "latency_ms") as double?,
            InputTokens = Contract.Get(given, "input_tokens") as long?,
            OutputTokens = Contract.Get(given, "output_tokens") as long?,
            Cost = Contract.Get(given, "cost") as double?,
            Scores = given.ContainsKey("scores")
                ? Contract.Map(given["scores"]).ToDictionary(score => score.Key, score => (double)score.Value)
                : null,
            Sample = given.ContainsKey("sample") ? SampleOf(Contract.Map(given["sample"])) : null,
        };
    }

    private static Dictionary<string, object> Answer(int status, string document)
    {
        var answer = new Dictionary<string, object> { ["status"] = (long)status };
        if (document != null) answer["document"] = document;
        return answer;
    }
}
