using System.Collections.Generic;
using System.Linq;
using Promptcms.Client;

/// <summary>The lists `compile`, `assignment`, `shares`, `choice` and `attributes`.</summary>
internal sealed class TextCases
{
    private readonly Contract _contract;

    public TextCases(Contract contract)
    {
        _contract = contract;
    }

    public void Compile(Dictionary<string, object> given)
    {
        Prompt prompt = PromptOf(given.ContainsKey("fallback") ? Own(given["prompt"]) : Served(given["prompt"]));
        Dictionary<string, object> values = Contract.Map(given["values"]);
        if (given.ContainsKey("error"))
        {
            PromptcmsException problem = Contract.Raises((string)given["error"], () => Filled(prompt, values, given));
            foreach (string name in (List<object>)given["names"])
                Contract.True($"the error does not name {name}: {problem.Message}", problem.Message.Contains(name));
        }
        else Contract.Same("the text", JsonWriter.Write(given["expect"]), JsonWriter.Write(Filled(prompt, values, given)));
    }

    public void Assignment(Dictionary<string, object> given)
    {
        int bucket = Promptcms.Client.Assignment.Bucket((string)given["salt"], (string)given["unit"]);
        Contract.Same("the bucket", given["bucket"], bucket);
    }

    public void Shares(Dictionary<string, object> given)
    {
        bool treated = Promptcms.Client.Assignment.InTreatment(
            (int)(long)given["bucket"], System.Convert.ToDouble(given["percent"]));
        Contract.Same("treatment", given["treatment"], treated);
    }

    public void Choice(Dictionary<string, object> given)
    {
        using (var stage = new Stage(_contract))
        {
            stage.Draw = (int)(long)(Contract.Get(given, "draw") ?? 0L);
            Prompt prompt = Got(stage, given);
            Dictionary<string, object> values = Contract.Map(given["values"]);
            if (given.ContainsKey("error"))
            {
                Contract.Raises((string)given["error"], () => Filled(prompt, values, given));
                Contract.Same("observations", 0L, stage.Client.Observations.Waiting().Count);
                return;
            }
            Dictionary<string, object> expect = Contract.Map(given["expect"]);
            string text = JsonWriter.Write(expect["text"]);
            Contract.Same("text", text, JsonWriter.Write(Filled(prompt, values, given)));
            Contract.Same("text of a second time", text, JsonWriter.Write(Filled(prompt, values, given)));
            Contract.Same("version", expect["version"], prompt.Version);
            Contract.Same("variant", expect["variant"], prompt.Variant);
            Contract.Same("assignment", expect["assignment"], prompt.Assignment);
            Contract.Same("bucket", expect["bucket"], prompt.Bucket);
            Contract.Same("fell_back", Contract.Get(expect, "fell_back") ?? false, prompt.FellBack);
            Contract.Same("attributes", prompt.Variant, (string)prompt.Attributes["prompt.variant"]);
            Reported(stage, Contract.Get(given, "reported"));
        }
    }

    public void Attributes(Dictionary<string, object> given)
    {
        using (var stage = new Stage(_contract))
            Contract.Same("attributes", Contract.Map(given["expect"]), Got(stage, given).Attributes);
    }

    private static void Reported(Stage stage, object expected)
    {
        List<Observation> waiting = stage.Client.Observations.Waiting();
        Contract.Same("observations", expected == null ? 0L : 1L, waiting.Count);
        if (expected == null) return;
        var aside = new[] { "id", "ts", "label", "message" };
        Contract.Same("reported", Contract.Map(expected), waiting[0].Members.Where(member => !aside.Contains(member.Key)));
    }

    private static Prompt Got(Stage stage, Dictionary<string, object> given)
    {
        stage.Transport.Script(new List<object>
        {
            new Dictionary<string, object> { ["status"] = 200L, ["document"] = given["document"], ["etag"] = "\"a\"", ["generation"] = "6f1c:5" },
        });
        return stage.Client.GetPrompt("support/system", unit: (string)given["unit"]);
    }

    private static PromptDocument Served(object prompt)
    {
        return PromptDocument.Read(new Dictionary<string, object>(Contract.Map(prompt)) { ["name"] = "a", ["version"] = "1.0.0" });
    }

    private static PromptDocument Own(object prompt)
    {
        Fallback fallback = ((List<object>)Contract.Map(prompt)["messages"]).Select(Message.Read).ToArray();
        return PromptDocument.Of("a", fallback);
    }

    private static Prompt PromptOf(PromptDocument document)
    {
        var serving = new Serving("production", PromptState.Fresh, 0, null, null);
        return new Prompt(Promptcms.Client.Choice.Exactly(document), serving, new FakePromptClient());
    }

    private static object Filled(Prompt prompt, Dictionary<string, object> values, Dictionary<string, object> given)
    {
        if (prompt.Kind == "text") return prompt.Compile(values);
        var inserted = new Dictionary<string, IEnumerable<Message>>();
        if (given.ContainsKey("messages"))
            foreach (var place in Contract.Map(given["messages"]))
                inserted[place.Key] = ((List<object>)place.Value)?.Select(Message.Read).ToList();
        return prompt.CompileMessages(values, inserted).Select(message => (object)message.ToJson()).ToList();
    }
}
