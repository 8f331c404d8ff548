using System;
using System.Threading.Tasks;

namespace Promptcms.Client
{
    /// <summary>
    /// The settings of a client. What is left null is read from the environment: PROMPTCMS_URL, _KEY,
    /// _INGEST_KEY, _LABEL, _PIN, _SNAPSHOT, _OFFLINE, _SAMPLE_SHARE.
    /// </summary>
    public sealed class PromptClientOptions
    {
        /// <summary>Where promptcms is: `https://prompts.example.com`.</summary>
        public string Url { get; set; }

        /// <summary>An API key with the scope `read`.</summary>
        public string Key { get; set; }

        /// <summary>A key with the scope `ingest`, for reports. The default is the key.</summary>
        public string IngestKey { get; set; }

        /// <summary>The label to ask for where a call names none. The default is `production`.</summary>
        public string Label { get; set; }

        /// <summary>Prompts that stand at a version whatever their labels say: `name@1.2.0, other@2.0.0`.</summary>
        public string Pin { get; set; }

        /// <summary>The file of a snapshot, which serves while the server was never reached.</summary>
        public string SnapshotFile { get; set; }

        /// <summary>Never ask the server: everything comes from the snapshot.</summary>
        public bool? Offline { get; set; }

        /// <summary>Of what share of the calls, 0 to 1, the sample of a report is sent. The default is 0: of none.</summary>
        public double? SampleShare { get; set; }

        /// <summary>How old an answer gets before it is asked for again in the background.</summary>
        public TimeSpan Refresh { get; set; } = TimeSpan.FromSeconds(10);

        /// <summary>By how much of its time, 0 to 1, a refresh may come early, so that processes do not ask at once.</summary>
        public double Jitter { get; set; } = 0.2;

        /// <summary>How long an answer is served without asking once the server stopped confirming it.</summary>
        public TimeSpan MaxStale { get; set; } = TimeSpan.FromSeconds(60);

        /// <summary>How long one request may take.</summary>
        public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(2);

        /// <summary>How often a first question is tried.</summary>
        public int Attempts { get; set; } = 3;

        /// <summary>After how long without a caller a prompt is refreshed no more.</summary>
        public TimeSpan Idle { get; set; } = TimeSpan.FromSeconds(600);

        /// <summary>Where warnings go. The default is System.Diagnostics.Trace.</summary>
        public Action<string> Log { get; set; } = message => System.Diagnostics.Trace.TraceWarning(message);

        /// <summary>The way to the server; a test may put its own here. The default is one HttpClient.</summary>
        public ITransport Transport { get; set; }

        /// <summary>Seconds on a clock that never goes back; a test may stand at any moment.</summary>
        public Func<double> Clock { get; set; } = Seconds;

        /// <summary>The time of day that observations carry, in UTC.</summary>
        public Func<DateTime> UtcNow { get; set; } = () => DateTime.UtcNow;

        /// <summary>A whole number from 0 to below the given one.</summary>
        public Func<int, int> Random { get; set; } = Chance.Below;

        /// <summary>How to wait between two attempts.</summary>
        public Func<TimeSpan, Task> Delay { get; set; } = Task.Delay;

        private static double Seconds()
        {
            return System.Diagnostics.Stopwatch.GetTimestamp() / (double)System.Diagnostics.Stopwatch.Frequency;
        }
    }
}
