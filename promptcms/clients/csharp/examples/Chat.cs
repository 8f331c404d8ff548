// A chat handler as an application would write it: it fetches the prompt for a conversation, fills it,
// asks a model (any OpenAI-compatible endpoint), tags the trace span and reports how it went.
//
//   PROMPTCMS_URL=... PROMPTCMS_KEY=... MODEL_URL=https://api.openai.com/v1 MODEL_KEY=... \
//     dotnet run -- conversation-1 "Where is my parcel?"

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Runtime.Serialization;
using System.Runtime.Serialization.Json;
using System.Text;
using System.Threading.Tasks;
using Promptcms.Client;

/// <summary>Answers the questions of conversations. Everything in it lives as long as the application.</summary>
public sealed class Chat
{
    private static readonly Fallback Fallback = new[] { new Message("user", "{{question}}") };

    private readonly IPromptClient _prompts;
    private readonly Func<IReadOnlyList<Message>, IReadOnlyDictionary<string, object>, Task<Reply>> _model;
    private readonly Action<string, object> _tag;

    public Chat(
        IPromptClient prompts,
        Func<IReadOnlyList<Message>, IReadOnlyDictionary<string, object>, Task<Reply>> model,
        Action<string, object> tag)
    {
        _prompts = prompts;
        _model = model;
        _tag = tag;
    }

    /// <summary>Answer one question of a conversation.</summary>
    public async Task<string> AnswerAsync(string conversation, string question, IEnumerable<Message> history)
    {
        Prompt prompt = await _prompts.GetPromptAsync("support/chat", unit: conversation, fallback: Fallback);
        IReadOnlyList<Message> messages = prompt.CompileMessages(
            new Dictionary<string, object> { ["company"] = "Lumen", ["question"] = question },
            new Dictionary<string, IEnumerable<Message>> { ["history"] = history });
        foreach (KeyValuePair<string, object> attribute in prompt.Attributes) _tag(attribute.Key, attribute.Value);
        var watch = Stopwatch.StartNew();
        try
        {
            Reply reply = await _model(messages, prompt.Config);
            _prompts.Report(prompt, new Report
            {
                LatencyMs = watch.Elapsed.TotalMilliseconds,
                InputTokens = reply.Usage?.Read,
                OutputTokens = reply.Usage?.Written,
                Scores = new Dictionary<string, double> { ["answered"] = reply.Text.Trim().Length > 0 ? 1 : 0 },
            });
            return reply.Text;
        }
        catch (HttpRequestException)
        {
            _prompts.Report(prompt, new Report { Error = true, ErrorType = "model", LatencyMs = watch.Elapsed.TotalMilliseconds });
            throw;
        }
    }
}

/// <summary>An OpenAI-compatible endpoint.</summary>
public sealed class Model
{
    private static readonly HttpClient Http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>Ask the model. Raises HttpRequestException if it refuses or is away.</summary>
    public static async Task<Reply> AskAsync(IReadOnlyList<Message> messages, IReadOnlyDictionary<string, object> config)
    {
        var ask = new Question
        {
            Model = config.TryGetValue("model", out object model) ? (string)model : "gpt-4o-mini",
            Messages = messages.Select(message => new Said { Role = message.Role, Content = message.Content }).ToArray(),
        };
        string url = Environment.GetEnvironmentVariable("MODEL_URL") + "/chat/completions";
        using (var request = new HttpRequestMessage(HttpMethod.Post, url))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("MODEL_KEY") ?? "none");
            request.Content = new StringContent(Written(ask), Encoding.UTF8, "application/json");
            using (HttpResponseMessage answer = await Http.SendAsync(request))
            {
                answer.EnsureSuccessStatusCode();
                var read = new DataContractJsonSerializer(typeof(Reply));
                return (Reply)read.ReadObject(await answer.Content.ReadAsStreamAsync());
            }
        }
    }

    private static string Written(Question question)
    {
        using (var stream = new MemoryStream())
        {
            new DataContractJsonSerializer(typeof(Question)).WriteObject(stream, question);
            return Encoding.UTF8.GetString(stream.ToArray());
        }
    }
}

[DataContract]
internal sealed class Question
{
    [DataMember(Name = "model")] public string Model;
    [DataMember(Name = "messages")] public Said[] Messages;
}

[DataContract]
public sealed class Said
{
    [DataMember(Name = "role")] public string Role;
    [DataMember(Name = "content")] public string Content;
}

[DataContract]
public sealed class Reply
{
    [DataMember(Name = "choices")] public Option[] Options;
    [DataMember(Name = "usage")] public Tokens Usage;

    public string Text => Options[0].Message.Content ?? "";

    [DataContract]
    public sealed class Option
    {
        [DataMember(Name = "message")] public Said Message;
    }

    [DataContract]
    public sealed class Tokens
    {
        [DataMember(Name = "prompt_tokens")] public long Read;
        [DataMember(Name = "completion_tokens")] public long Written;
    }
}

internal static class Program
{
    private static int Main(string[] arguments)
    {
        using (var prompts = new PromptClient()) // reads PROMPTCMS_URL and PROMPTCMS_KEY; Dispose sends the reports
        {
            var chat = new Chat(prompts, Model.AskAsync, Tag);
            try
            {
                Console.WriteLine(chat.AnswerAsync(arguments[0], arguments[1], new Message[0]).GetAwaiter().GetResult());
                return 0;
            }
            catch (HttpRequestException problem)
            {
                Console.Error.WriteLine("The model did not answer: " + problem.Message);
                return 1;
            }
        }
    }

    private static void Tag(string name, object value)
    {
#if NET5_0_OR_GREATER
        Activity.Current?.SetTag(name, value); // OpenTelemetry exports it with the span
#else
        Console.Error.WriteLine($"span {name}={value}");
#endif
    }
}
