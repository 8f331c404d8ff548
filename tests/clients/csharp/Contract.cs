using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Promptcms.Client;

/// <summary>The contract's file, and how to compare with it.</summary>
internal sealed class Contract
{
    public Contract(string file)
    {
        All = Map(Json.Read(File.ReadAllText(file)));
    }

    public Dictionary<string, object> All { get; }

    public Dictionary<string, object> Documents => Map(All["documents"]);

    public static Dictionary<string, object> Map(object json)
    {
        return (Dictionary<string, object>)json;
    }

    /// <summary>Return a member; null if it is not there.</summary>
    public static object Get(Dictionary<string, object> map, string name)
    {
        return map.TryGetValue(name, out object value) ? value : null;
    }

    /// <summary>Complain unless both are the same; numbers may differ in type and by a rounding.</summary>
    public static void Same(string what, object expected, object seen)
    {
        bool same = expected is List<object> && seen is List<object>
            ? JsonWriter.Write(expected) == JsonWriter.Write(seen)
            : expected is long || expected is double
            ? seen != null && Math.Abs(Convert.ToDouble(expected) - Convert.ToDouble(seen)) < 1e-6
            : Equals(expected, seen);
        if (!same) throw new Exception($"{what} is {Shown(seen)} and not {Shown(expected)}");
    }

    public static void Same(string what, Dictionary<string, object> expected, IEnumerable<KeyValuePair<string, object>> seen)
    {
        Dictionary<string, object> there = seen.ToDictionary(member => member.Key, member => member.Value);
        foreach (var member in expected)
            if (member.Value is Dictionary<string, object> nested)
                Same(what + "." + member.Key, nested, (IEnumerable<KeyValuePair<string, object>>)Get(there, member.Key));
            else Same(what + "." + member.Key, member.Value, Get(there, member.Key));
        string more = string.Join(", ", there.Keys.Except(expected.Keys));
        if (more != "") throw new Exception($"{what} also has {more}");
    }

    public static void True(string what, bool holds)
    {
        if (!holds) throw new Exception(what);
    }

    /// <summary>Complain unless the action ends in this kind of error; return it.</summary>
    public static PromptcmsException Raises(string kind, Action action)
    {
        try
        {
            action();
        }
        catch (PromptcmsException problem)
        {
            Same("the kind of error", kind, problem.Kind);
            return problem;
        }
        throw new Exception($"there was no error, but {kind} should be one");
    }

    private static string Shown(object value)
    {
        return value == null ? "null" : "'" + value + "'";
    }
}

/// <summary>A client with a scripted server, a clock that stands, and drawn numbers that are said.</summary>
internal sealed class Stage : IDisposable
{
    public const string Key = "pcms_secret_that_nobody_may_see";

    public Stage(Contract contract, Action<PromptClientOptions> change = null)
    {
        Transport = new ScriptedTransport(contract.Documents);
        var options = new PromptClientOptions
        {
            Url = "http://prompts.example",
            Key = Key,
            Jitter = 0,
            Transport = Transport,
            Clock = () => Now,
            Random = stop => Draw,
            Delay = time => { Waits.Add(time.TotalSeconds); return System.Threading.Tasks.Task.CompletedTask; },
            Log = Logged.Add,
        };
        change?.Invoke(options);
        Client = new PromptClient(options);
    }

    public ScriptedTransport Transport { get; }
    public PromptClient Client { get; }
    public double Now { get; set; }
    public int Draw { get; set; }
    public List<double> Waits { get; } = new List<double>();
    public List<string> Logged { get; } = new List<string>();

    public void Dispose()
    {
        Client.Cache.Dispose(); // without the last flush, which would ask the scripted server
        Client.Observations.Dispose();
    }
}
