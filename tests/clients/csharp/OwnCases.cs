using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Promptcms.Client;

/// <summary>What the contract does not say of this client: threads, its timer, its JSON, its fake.</summary>
internal static class OwnCases
{
    private const string Name = "support/system";

    public static void Run(Contract contract, Action<string, int, Action> say)
    {
        say("fifty first calls at once make one request", 0, () => OneRequest(contract).Wait());
        say("a failure is shared by those who wait, and the next call asks again", 0, () => SharedFailure(contract).Wait());
        say("a timer refreshes in the background", 0, () => Timer(contract));
        say("a treatment that falls back in many threads is reported once", 0, () => FallBackOnce(contract));
        say("reports are sent by themselves", 0, () => SentByThemselves(contract));
        say("while the server refuses reports, the attempts grow rare", 0, () => RareAttempts(contract));
        say("of too many reports the oldest are dropped", 0, () => TooMany(contract));
        say("impossible numbers are left out of a report", 0, () => Impossible(contract));
        say("a fallback takes what it knows and leaves the rest", 0, () => FallbackValues(contract));
        say("a key is never shown", 0, () => KeyIsNeverShown(contract));
        say("wrong settings are named", 0, WrongSettings);
        say("what the application gives is told with the next refresh", 0, () => Variables(contract));
        say("an exact version of the snapshot has no rollout", 0, () => ExactFromSnapshot(contract));
        say("numbers of every type read the same in every country", 0, NumbersOfEveryType);
        say("JSON is read strictly", 0, JsonIsStrict);
        say("the fake serves and remembers", 0, Fake);
    }

    public static void Defaults(Dictionary<string, object> expected)
    {
        var options = new PromptClientOptions();
        Contract.Same("defaults", expected, new Dictionary<string, object>
        {
            ["refresh"] = options.Refresh.TotalSeconds,
            ["jitter"] = options.Jitter,
            ["max_stale"] = options.MaxStale.TotalSeconds,
            ["timeout"] = options.Timeout.TotalSeconds,
            ["attempts"] = options.Attempts,
            ["idle"] = options.Idle.TotalSeconds,
            ["label"] = new Settings(new PromptClientOptions { Url = "http://a", Key = "k" }).Label,
            ["batch"] = Observations.Batch,
            ["batch_seconds"] = Observations.BatchSeconds,
            ["waiting"] = Observations.Most,
            ["sample_share"] = new Settings(new PromptClientOptions { Url = "http://a", Key = "k" }).SampleShare,
        });
    }

    /// <summary>
    /// Write how each number on standard input, its bits as a whole number a line, reads in a prompt.
    /// As bits, because Mono's own reading of numbers with 17 digits is now and then one off;
    /// a line with a point is read as JSON.
    /// </summary>
    public static void Numbers()
    {
        string line;
        while ((line = Console.ReadLine()) != null) 
            Console.WriteLine(PlainText.Of(line.Contains(".") ? Json.Read(line) : BitConverter.Int64BitsToDouble(long.Parse(line))));
    }

    private static async Task OneRequest(Contract contract)
    {
        var slow = new SlowTransport(contract, 200);
        using (var client = new PromptClient(Options(slow)))
        {
            Prompt[] got = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => client.GetPromptAsync(Name))));
            Contract.Same("requests", 1L, slow.Count);
            Contract.True("not all got it", got.All(prompt => prompt.Version == "1.0.0"));
        }
    }

    private static async Task SharedFailure(Contract contract)
    {
        var slow = new SlowTransport(contract, 404);
        using (var client = new PromptClient(Options(slow)))
        {
            Task<Prompt>[] calls = Enumerable.Range(0, 50).Select(_ => Task.Run(() => client.GetPromptAsync(Name))).ToArray();
            await Task.WhenAll(calls).ContinueWith(_ => { });
            Contract.Same("requests", 1L, slow.Count);
            Contract.True("not all failed", calls.All(call => call.Exception?.InnerException is PromptNotFoundException));
            slow.Status = 200;
            Contract.Same("version", "1.0.0", (await client.GetPromptAsync(Name)).Version);
        }
    }

    private static void Timer(Contract contract)
    {
        var slow = new SlowTransport(contract, 200);
        PromptClientOptions options = Options(slow);
        options.Refresh = TimeSpan.FromSeconds(0.2);
        var client = new PromptClient(options);
        client.GetPrompt(Name);
        SpinWait.SpinUntil(() => slow.Count >= 4, 10000);
        Contract.True("the timer made too few requests", slow.Count >= 4);
        client.Dispose();
        Thread.Sleep(200);
        int count = slow.Count;
        Thread.Sleep(600);
        Contract.Same("requests after Dispose", (long)count, slow.Count);
    }

    private static void FallBackOnce(Contract contract)
    {
        using (var stage = new Stage(contract))
        {
            stage.Transport.Script(new List<object> { new Dictionary<string, object> { ["status"] = 200L, ["document"] = "rolling" } });
            Prompt prompt = stage.Client.GetPrompt(Name, unit: "Zoë");
            var values = new Dictionary<string, object> { ["company"] = "L" };
            Parallel.For(0, 100, _ => Contract.Same("text", "Hello L.", prompt.Compile(values)));
            Contract.Same("observations", 1L, stage.Client.Observations.Waiting().Count);
            Contract.Same("the span's version", "1.0.0", prompt.Attributes["prompt.version"]);
        }
    }

    private static void SentByThemselves(Contract contract)
    {
        var slow = new SlowTransport(contract, 200);
        using (var client = new PromptClient(Options(slow)))
        {
            Prompt prompt = client.GetPrompt(Name);
            for (int i = 0; i < 250; i++) client.Report(prompt, new Report());
            SpinWait.SpinUntil(() => slow.Observed == 250, 10000);
            Contract.Same("observations that arrived", 250L, slow.Observed);
            Contract.True("a batch was too large", slow.LargestBatch <= Observations.Batch);
        }
    }

    private static void RareAttempts(Contract contract)
    {
        var slow = new SlowTransport(contract, 200) { PostStatus = 503 };
        using (var stage = new Stage(contract, options => { options.Transport = slow; options.Clock = new PromptClientOptions().Clock; }))
        {
            Prompt prompt = stage.Client.GetPrompt(Name);
            for (int i = 0; i < 48; i++)
            {
                stage.Client.Report(prompt, new Report());
                Thread.Sleep(100);
            }
            Contract.True($"{slow.Posts} attempts in 4.8 seconds", slow.Posts >= 2 && slow.Posts <= 3); // after 1, 2 and 4 s
            slow.PostStatus = 202;
            Contract.Same("not taken", 0L, stage.Client.FlushAsync().Result);
        }
    }

    private static void TooMany(Contract contract)
    {
        using (var stage = new Stage(contract, options => options.Transport = new SlowTransport(contract, 200) { PostStatus = 503 }))
        {
            Prompt prompt = stage.Client.GetPrompt(Name);
            for (int i = 0; i < Observations.Most + 300; i++) stage.Client.Report(prompt, new Report { LatencyMs = i });
            SpinWait.SpinUntil(() => stage.Client.Observations.Waiting().Count == Observations.Most, 5000);
            Contract.True("more wait than may", stage.Client.Observations.Waiting().Count <= Observations.Most);
            Contract.Same("the newest", Observations.Most + 299.0, stage.Client.Observations.Waiting().Last().Members["latency_ms"]);
            Contract.True("nothing was counted", stage.Client.DroppedObservations >= 200);
            Contract.Same("lines in the log", 1L, stage.Logged.Count);
        }
    }

    private static void Impossible(Contract contract)
    {
        using (var stage = new Stage(contract))
        {
            stage.Transport.Script(new List<object> { new Dictionary<string, object> { ["status"] = 200L, ["document"] = "control" } });
            Prompt prompt = stage.Client.GetPrompt(Name);
            var wrong = new[]
            {
                new Report { LatencyMs = double.NaN }, new Report { Cost = double.PositiveInfinity }, new Report { InputTokens = -1 },
                new Report { Scores = new Dictionary<string, double> { ["a"] = 1.1 } },
            };
            foreach (Report report in wrong) stage.Client.Report(prompt, report);
            foreach (Observation waiting in stage.Client.Observations.Waiting())
                Contract.Same("the last member", "error", waiting.Members.Keys.Last());
            Contract.Same("observations", 4L, stage.Client.Observations.Waiting().Count);
            Contract.Same("lines in the log", 1L, stage.Logged.Count);
        }
    }

    private static void FallbackValues(Contract contract)
    {
        using (var client = new PromptClient(Options(new SlowTransport(contract, 404))))
        {
            var values = new Dictionary<string, object> { ["company"] = "Lumen", ["plan"] = "gold" };
            Contract.Same("text", "Call Lumen.", client.GetPrompt(Name, fallback: "Call {{company}}.").Compile(values));
            Prompt chat = client.GetPrompt(Name, fallback: new[] { new Message("system", "Call {{company}}.") });
            var history = new Dictionary<string, IEnumerable<Message>> { ["history"] = new[] { new Message("user", "Hi") } };
            Contract.Same("message", "system: Call Lumen.", chat.CompileMessages(values, history).Single().ToString());
            client.Report(chat, new Report());
            Contract.Same("observations of what has no version", 0L, client.Observations.Waiting().Count);
        }
    }

    private static void KeyIsNeverShown(Contract contract)
    {
        var slow = new SlowTransport(contract, 200);
        using (var client = new PromptClient(Options(slow)))
        {
            Prompt prompt = client.GetPrompt(Name);
            string shown = string.Join("|", client, prompt, slow.Last, prompt.Error, string.Join(",", prompt.Attributes));
            Contract.True("the key is shown: " + shown, !shown.Contains(Stage.Key));
            Contract.Same("the header", "Bearer " + Stage.Key, slow.Last.Headers["Authorization"]);
        }
        PromptClientOptions options = Options(slow);
        options.Key = Stage.Key + "\n\u00e9" + Stage.Key;
        PromptcmsException problem = Contract.Raises("config", () => new PromptClient(options));
        Contract.True("the key is shown: " + problem, !problem.ToString().Contains(Stage.Key));
    }

    private static void WrongSettings()
    {
        Action<string, Action<PromptClientOptions>> wrong = (setting, change) =>
        {
            var options = new PromptClientOptions { Url = "https://prompts.example", Key = "k" };
            change(options);
            Contract.Same("the setting", setting, Contract.Raises("config", () => new PromptClient(options)).Field);
        };
        string broken = Path.GetTempFileName();
        File.WriteAllText(broken, "{\"label\": \"production\"}");
        wrong("PROMPTCMS_URL", options => options.Url = "prompts.example");
        wrong("PROMPTCMS_URL", options => options.Url = "https://ana:secret@prompts.example");
        wrong("PROMPTCMS_URL", options => options.Url = "file:///etc/passwd");
        wrong("PROMPTCMS_KEY", options => options.Key = " ");
        wrong("PROMPTCMS_PIN", options => options.Pin = "support/system");
        wrong("PROMPTCMS_SNAPSHOT", options => options.Offline = true);
        wrong("PROMPTCMS_SNAPSHOT", options => options.SnapshotFile = broken);
        wrong("PROMPTCMS_SNAPSHOT", options => options.SnapshotFile = broken + ".none");
        File.Delete(broken);
        using (var client = new PromptClient(new PromptClientOptions { Url = "http://127.0.0.1:9", Key = "k" }))
            foreach (string name in new[] { "", "..", "a/../b", "./a" }) Contract.Raises("bad_request", () => client.GetPrompt(name));
    }

    private static void Variables(Contract contract)
    {
        using (var stage = new Stage(contract))
        {
            stage.Transport.Script(new List<object> { new Dictionary<string, object> { ["status"] = 200L, ["document"] = "rolling" } });
            Prompt prompt = stage.Client.GetPrompt(Name);
            string first = stage.Transport.Requests.Single().Headers[ClientHeader.Name];
            Contract.True("variables before any was given: " + first, !first.Contains("variables"));
            prompt.Compile(new Dictionary<string, object> { ["plan"] = "p", ["company"] = "L" });
            Contract.Raises("template", () => prompt.Compile(new Dictionary<string, object> { ["no;name\n"] = "p" }));
            stage.Now = 10;
            stage.Transport.Script(new List<object> { new Dictionary<string, object> { ["status"] = 500L } });
            stage.Client.Cache.RefreshAsync().Wait();
            string second = stage.Transport.Requests.Single().Headers[ClientHeader.Name];
            Contract.Same("header", ClientHeader.Client + ";" + ClientHeader.Process + ";variables=company,plan", second);
        }
    }

    private static void ExactFromSnapshot(Contract contract)
    {
        string file = Path.GetTempFileName();
        var prompts = new Dictionary<string, object> { [Name] = contract.Documents["rolling"] };
        File.WriteAllText(file, JsonWriter.Write(new Dictionary<string, object> { ["label"] = "production", ["prompts"] = prompts }));
        var options = new PromptClientOptions { Offline = true, SnapshotFile = file };
        using (var client = new PromptClient(options))
        {
            Prompt found = client.GetPrompt(Name, unit: "Zo\u00eb");
            Contract.Same("by label", "1.1.0", found.Version);
            Contract.True("it says that something is missing", found.Error.Message.Contains("the snapshot answers"));
            Contract.Same("by version", "1.0.0", client.GetPrompt(Name, version: "1.0.0", unit: "Zo\u00eb").Version);
            Contract.Raises("not_found", () => client.GetPrompt(Name, version: "1.1.0"));
            Contract.Raises("not_found", () => client.GetPrompt(Name, label: "staging"));
        }
        File.Delete(file);
    }

    private static void NumbersOfEveryType()
    {
        CultureInfo before = Thread.CurrentThread.CurrentCulture;
        Thread.CurrentThread.CurrentCulture = new CultureInfo("de-DE");
        var expected = new Dictionary<object, string>
        {
            [1] = "1", [(byte)2] = "2", [(short)-3] = "-3", [4UL] = "4", [long.MinValue] = "-9223372036854775808",
            [1234567.5] = "1234567.5", [0.1f] = "0.1", [16777216f] = "16777216", [1.17549435e-38f] = "0." + new string('0', 37) + "11754944",
            [1.50m] = "1.5", [2.00m] = "2", [0.0000001m] = "0.0000001", [-1234567.25m] = "-1234567.25",
            [System.Numerics.BigInteger.Pow(10, 30)] = "1" + new string('0', 30),
        };
        foreach (KeyValuePair<object, string> number in expected) Contract.Same("the text", number.Value, PlainText.Of(number.Key));
        foreach (object none in new object[] { double.NaN, float.NegativeInfinity, DateTime.UtcNow, 'a', new int[0] })
            Contract.Same("the text of " + none, null, PlainText.Of(none));
        Thread.CurrentThread.CurrentCulture = before;
    }

    private static void JsonIsStrict()
    {
        string[] wrong =
        {
            "", " ", "{", "}", "[1,]", "{\"a\":1,}", "{a:1}", "{'a':1}", "01", "1.", ".5", "+1", "-", "1e", "NaN", "Infinity", "1e999",
            "tru", "nul", "\"", "\"\\x\"", "\"\\u12g4\"", "\"\n\"", "1 2", "[1 2]", "{\"a\" 1}", "// a\n1", "\ufeff1",
            new string('[', 101) + new string(']', 101), new string('[', 100000),
        };
        foreach (string text in wrong) Refused<FormatException>(() => Json.Read(text));
        foreach (string text in new[] { "null", "true", "-0", "[]", "{}", "\"\\ud800\"", "\"\\ud83d\\ude42\\u0000\"", "123456789012345678901234567890",
            "{\"a\":[1,2.5,{\"b\":null}]}", "[-1,0.1]" })
            Contract.Same("JSON written again", text == "-0" ? "0" : text, JsonWriter.Write(Json.Read(text)));
        Contract.Same("escapes", "\"\\/\b\f\n\r\t\u20ac", Json.Read("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u20AC\""));
        CultureInfo before = Thread.CurrentThread.CurrentCulture;
        Thread.CurrentThread.CurrentCulture = new CultureInfo("de-DE");
        Contract.Same("a fraction in another country", "[2.5,-3]", JsonWriter.Write(Json.Read("[2.5,-3]")));
        Thread.CurrentThread.CurrentCulture = before;
    }

    private static void Fake()
    {
        using (var fake = new FakePromptClient { [Name] = "Hello {{company}}" })
        {
            Prompt prompt = fake.GetPrompt(Name, unit: "a");
            Contract.Same("text", "Hello L", prompt.Compile(new Dictionary<string, object> { ["company"] = "L" }));
            Contract.Raises("template", () => prompt.Compile());
            Contract.True("no name in the error", Contract.Raises("not_found", () => fake.GetPrompt("other")).Message.Contains(Name));
            Contract.Same("fallback", "F", fake.GetPromptAsync("other", fallback: "F").Result.Compile());
            fake.Report(prompt, new Report { LatencyMs = 5 });
            Contract.Same("reported", 5.0, fake.Reports.Single().Value.LatencyMs);
        }
    }

    private static void Refused<T>(Action action) where T : Exception
    {
        try
        {
            action();
        }
        catch (T)
        {
            return;
        }
        throw new Exception("this was not refused with " + typeof(T).Name);
    }

    private static PromptClientOptions Options(ITransport transport)
    {
        return new PromptClientOptions { Url = "http://prompts.example", Key = Stage.Key, Transport = transport, Log = _ => { } };
    }
}
