using System;
using System.Collections.Generic;

namespace Promptcms.Client
{
    /// <summary>Which version a call got, and why.</summary>
    internal sealed class Choice
    {
        private Choice(PromptDocument document, RolloutDocument rollout, string variant, string assignment, int? bucket)
        {
            Document = document;
            Rollout = rollout;
            Variant = variant;
            Assignment = assignment;
            Bucket = bucket;
        }

        /// <summary>The version that the call got.</summary>
        public PromptDocument Document { get; }

        /// <summary>The rollout that runs; null if none does.</summary>
        public RolloutDocument Rollout { get; }

        public string Variant { get; }
        public string Assignment { get; }
        public int? Bucket { get; }
        public bool FellBack { get; private set; }

        /// <summary>For a treatment, the control that it falls back to; else null.</summary>
        public PromptDocument Control { get; private set; }

        /// <summary>The texts of the other arm, whose variables may be given too; null without a rollout.</summary>
        public Texts OtherTexts
        {
            get
            {
                PromptDocument other = Control ?? Rollout?.Treatment;
                try
                {
                    return other?.Texts;
                }
                catch (PromptTemplateException)
                {
                    return null; // a broken other arm is not the business of this call
                }
            }
        }

        /// <summary>Choose for a unit, or by <paramref name="random"/> (below a number) if there is none.</summary>
        public static Choice Of(PromptDocument document, string unit, Func<int, int> random)
        {
            return Of(document, document.Rollout, unit, random);
        }

        /// <summary>Take an exact version, whatever rolls out on a label.</summary>
        public static Choice Exactly(PromptDocument document)
        {
            return Of(document, null, null, null);
        }

        private static Choice Of(PromptDocument document, RolloutDocument rollout, string unit, Func<int, int> random)
        {
            if (rollout == null) return new Choice(document, null, "control", "none", null);
            bool hashed = !string.IsNullOrEmpty(unit);
            int bucket = hashed
                ? Client.Assignment.Bucket(rollout.Salt, unit)
                : random(Client.Assignment.Buckets);
            bool treated = Client.Assignment.InTreatment(bucket, rollout.Percent);
            return new Choice(
                treated ? rollout.Treatment : document,
                rollout,
                treated ? "treatment" : "control",
                hashed ? "hash" : "random",
                hashed ? bucket : (int?)null) { Control = treated ? document : null };
        }

        /// <summary>Return the control in place of this treatment.</summary>
        public Choice FallenBack()
        {
            return new Choice(Control, Rollout, "control", Assignment, Bucket) { FellBack = true };
        }

        /// <summary>Return what a trace span is given.</summary>
        public Dictionary<string, object> Attributes()
        {
            var attributes = new Dictionary<string, object> { ["prompt.name"] = Document.Name };
            if (Document.Version != null) attributes["prompt.version"] = Document.Version;
            attributes["prompt.variant"] = Variant;
            if (Rollout != null) attributes["prompt.rollout"] = Rollout.Id;
            if (Rollout != null) attributes["prompt.epoch"] = Rollout.Epoch;
            if (Bucket != null) attributes["prompt.bucket"] = Bucket.Value;
            attributes["gen_ai.prompt.name"] = Document.Name;
            if (Document.Version != null) attributes["gen_ai.prompt.version"] = Document.Version;
            return attributes;
        }
    }

    /// <summary>Where a prompt tells what happened to it.</summary>
    internal interface IPromptSink
    {
        /// <summary>A caller gave values of these names.</summary>
        void Supplied(string prompt, ICollection<string> names);

        /// <summary>This treatment could not be compiled, and the caller got the control.</summary>
        void FellBack(Choice treatment, string label, string message);
    }
}
