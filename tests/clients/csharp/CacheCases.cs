using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Promptcms.Client;

/// <summary>The lists `cache` and `errors`.</summary>
internal sealed class CacheCases
{
    private readonly Contract _contract;

    public CacheCases(Contract contract)
    {
        _contract = contract;
    }

    public void Cache(Dictionary<string, object> given)
    {
        string snapshot = null;
        if (given.ContainsKey("snapshot"))
        {
            snapshot = Path.GetTempFileName();
            File.WriteAllText(snapshot, JsonWriter.Write(Contract.Map(_contract.All["snapshots"])[(string)given["snapshot"]]));
        }
        using (var stage = new Stage(_contract, options => Set(options, given, snapshot)))
            foreach (object step in (List<object>)given["steps"]) Step(stage, Contract.Map(step));
        if (snapshot != null) File.Delete(snapshot);
    }

    public void Errors(Dictionary<string, object> given)
    {
        using (var stage = new Stage(_contract, options => options.Attempts = 1))
        {
            stage.Transport.Script(new List<object> { new Dictionary<string, object> { ["status"] = given["status"] } });
            PromptcmsException problem = Contract.Raises((string)given["kind"], () => stage.Client.GetPrompt("support/system"));
            Contract.Same("status", given["status"], problem.Status);
            Contract.True("the key is in the error", !problem.ToString().Contains(Stage.Key));
        }
    }

    private static void Set(PromptClientOptions options, Dictionary<string, object> given, string snapshot)
    {
        options.SnapshotFile = snapshot;
        if (!given.ContainsKey("settings")) return;
        Dictionary<string, object> settings = Contract.Map(given["settings"]);
        options.Offline = Contract.Get(settings, "offline") as bool?;
        options.Pin = Contract.Get(settings, "pin") as string;
        options.Label = Contract.Get(settings, "label") as string;
        string more = string.Join(", ", settings.Keys.Except(new[] { "offline", "pin", "label" }));
        Contract.True("the runner does not know the settings " + more, more == "");
    }

    private static void Step(Stage stage, Dictionary<string, object> step)
    {
        stage.Now = Convert.ToDouble(step["at"]);
        stage.Transport.Script((List<object>)step["server"]);
        Dictionary<string, object> expect = Contract.Map(step["expect"]);
        if (step.ContainsKey("tick")) stage.Client.Cache.RefreshAsync().GetAwaiter().GetResult();
        else Get(stage, Contract.Map(step["get"]), expect);
        List<TransportRequest> asked = stage.Transport.Requests;
        Contract.Same($"at {stage.Now}: requests", expect["requests"], asked.Count);
        if (expect.ContainsKey("path")) Contract.Same("path", expect["path"], asked.Last().Path);
        if (expect.ContainsKey("if_none_match"))
            Contract.Same("If-None-Match", expect["if_none_match"], asked.Last().Headers["If-None-Match"]);
        Contract.True("waits do not grow or are too long", stage.Waits.All(wait => wait <= 2));
    }

    private static void Get(Stage stage, Dictionary<string, object> get, Dictionary<string, object> expect)
    {
        Func<Prompt> call = () => stage.Client.GetPrompt(
            (string)get["name"], Contract.Get(get, "label") as string, Contract.Get(get, "version") as string,
            null, Contract.Get(get, "fallback") as string);
        if (expect.ContainsKey("error"))
        {
            PromptcmsException problem = Contract.Raises((string)expect["error"], () => call());
            Contract.True("the key is in the error", !problem.ToString().Contains(Stage.Key));
            if (expect.ContainsKey("code")) Contract.Same("code", expect["code"], problem.Code);
            if (expect.ContainsKey("message")) Contract.Same("message", expect["message"], problem.Message);
            if (expect.ContainsKey("field")) Contract.Same("field", expect["field"], problem.Field);
            return;
        }
        Prompt prompt = call();
        Contract.Same($"at {stage.Now}: version", expect["version"], prompt.Version);
        Contract.Same($"at {stage.Now}: state", expect["state"], prompt.State.ToString().ToLowerInvariant());
        Contract.Same($"at {stage.Now}: age", expect["age"], prompt.Age.TotalSeconds);
        Contract.True("a fresh prompt has an error, or another has none", prompt.State == PromptState.Fresh == (prompt.Error == null));
        if (expect.ContainsKey("label")) Contract.Same("label", expect["label"], prompt.Label);
        if (expect.ContainsKey("text")) Contract.Same("text", expect["text"], prompt.Compile());
    }
}
