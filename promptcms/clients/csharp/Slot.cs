using System;
using System.Globalization;
using System.Threading;

namespace Promptcms.Client
{
    /// <summary>A prompt as the cache serves it at one moment.</summary>
    internal sealed class Serving
    {
        public Serving(string label, PromptState state, double age, string generation, PromptcmsException error)
        {
            Label = label;
            State = state;
            Age = age;
            Generation = generation;
            Error = error;
        }

        public string Label { get; }
        public PromptState State { get; }

        /// <summary>Seconds since the server confirmed it.</summary>
        public double Age { get; }

        public string Generation { get; }
        public PromptcmsException Error { get; }
    }

    /// <summary>A good answer, as it was last confirmed. Never changed, so that readers need no lock.</summary>
    internal sealed class Kept
    {
        public PromptDocument Document { get; set; }
        public string ETag { get; set; }
        public string Generation { get; set; }
        public double? Behind { get; set; }
        public double ConfirmedAt { get; set; }
        public double AttemptedAt { get; set; }

        /// <summary>When the background asks again, in seconds of the clock.</summary>
        public double DueAt { get; set; }

        public bool FromSnapshot { get; set; }

        /// <summary>Why the last attempt failed; null if it did not.</summary>
        public PromptcmsException Error { get; set; }

        public Kept Copy()
        {
            return (Kept)MemberwiseClone();
        }
    }

    /// <summary>The place of one question in the cache.</summary>
    internal sealed class Slot
    {
        private Kept _kept;
        private double _usedAt;

        public Slot(Question question, Kept kept, double now)
        {
            Question = question;
            _kept = kept;
            _usedAt = now;
        }

        public Question Question { get; }

        /// <summary>The answer that is served now.</summary>
        public Kept Kept
        {
            get { return Volatile.Read(ref _kept); }
            set { Volatile.Write(ref _kept, value); }
        }

        /// <summary>When somebody last asked for it.</summary>
        public double UsedAt
        {
            get { return Volatile.Read(ref _usedAt); }
            set { Volatile.Write(ref _usedAt, value); }
        }

        /// <summary>An exact version never changes, so it is asked once and for all.</summary>
        public bool Settled => Question.Version != null && !Kept.FromSnapshot;

        /// <summary>Does a caller have to wait for an attempt?</summary>
        public bool MustAsk(double now, double refresh, double maxStale)
        {
            Kept kept = Kept;
            return !Settled && now - kept.AttemptedAt >= refresh && (kept.FromSnapshot || Age(kept, now) > maxStale);
        }

        /// <summary>Does the background have to ask, given that idle prompts are let be?</summary>
        public bool MustRefresh(double now, double idle)
        {
            return !Settled && now - UsedAt <= idle && now >= Kept.DueAt;
        }

        /// <summary>Return what a caller sees now of an answer of this slot.</summary>
        public Serving Serve(Kept kept, double now, double maxStale)
        {
            string label = Question.Version == null ? kept.Document.Label : null; // as the server says it
            if (kept.FromSnapshot) return new Serving(label, PromptState.Snapshot, 0, kept.Generation, kept.Error);
            if (Settled) return new Serving(label, PromptState.Fresh, 0, kept.Generation, null);
            double age = Age(kept, now);
            bool fresh = kept.Behind == null && age <= maxStale;
            return fresh
                ? new Serving(label, PromptState.Fresh, age, kept.Generation, null)
                : new Serving(label, PromptState.Stale, age, kept.Generation, kept.Error ?? Behind());
        }

        /// <summary>Is <paramref name="generation"/> before the kept one, within one installation?</summary>
        public static bool StepsBack(string generation, string kept)
        {
            return Parse(generation, out string here, out long next) && Parse(kept, out string there, out long last)
                && here == there && next < last;
        }

        private static bool Parse(string generation, out string installation, out long number)
        {
            number = 0;
            int colon = (generation ?? "").LastIndexOf(':');
            installation = colon < 0 ? null : generation.Substring(0, colon);
            return colon >= 0 && long.TryParse(
                generation.Substring(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out number);
        }

        private static double Age(Kept kept, double now)
        {
            return Math.Max(0, now - kept.ConfirmedAt) + (kept.Behind ?? 0);
        }

        private static PromptUnavailableException Behind()
        {
            return new PromptUnavailableException("The server says that it is behind: its database does not answer.");
        }
    }
}
