using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Promptcms.Client
{
    /// <summary>The options after the environment was read and everything was checked.</summary>
    internal sealed class Settings
    {
        /// <summary>Check the options. Raises PromptConfigException naming the setting that is wrong.</summary>
        public Settings(PromptClientOptions options)
        {
            Options = options;
            Offline = options.Offline ?? IsOn(Environment.GetEnvironmentVariable("PROMPTCMS_OFFLINE"));
            Url = Root(Given(options.Url, "PROMPTCMS_URL"));
            Key = Secret(Given(options.Key, "PROMPTCMS_KEY"), "PROMPTCMS_KEY");
            IngestKey = Secret(Given(options.IngestKey, "PROMPTCMS_INGEST_KEY") ?? Key, "PROMPTCMS_INGEST_KEY");
            Label = Given(options.Label, "PROMPTCMS_LABEL") ?? "production";
            Pins = PinsOf(Given(options.Pin, "PROMPTCMS_PIN"));
            SampleShare = options.SampleShare ?? Share(Given(null, "PROMPTCMS_SAMPLE_SHARE"));
            if (!(SampleShare >= 0 && SampleShare <= 1))
                throw new PromptConfigException("PROMPTCMS_SAMPLE_SHARE is a share from 0 (no samples) to 1 (all).", "PROMPTCMS_SAMPLE_SHARE");
            string file = Given(options.SnapshotFile, "PROMPTCMS_SNAPSHOT");
            Snapshot = file == null ? null : Snapshot.Load(file);
            if (Offline && Snapshot == null)
                throw new PromptConfigException("Offline there has to be a snapshot. Set PROMPTCMS_SNAPSHOT to its file.", "PROMPTCMS_SNAPSHOT");
        }

        public PromptClientOptions Options { get; }
        public bool Offline { get; }
        public string Url { get; }
        public string Key { get; }
        public string IngestKey { get; }
        public string Label { get; }
        public IReadOnlyDictionary<string, string> Pins { get; }
        public Snapshot Snapshot { get; }
        public double SampleShare { get; }

        private static string Given(string option, string variable)
        {
            string value = (option ?? Environment.GetEnvironmentVariable(variable) ?? "").Trim();
            return value.Length == 0 ? null : value;
        }

        private static double Share(string value)
        {
            if (value == null) return 0;
            return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double share) ? share : double.NaN;
        }

        private static bool IsOn(string value)
        {
            return new[] { "1", "true", "yes", "on" }.Contains((value ?? "").Trim().ToLowerInvariant());
        }

        private string Root(string url)
        {
            if (url == null && Offline) return "http://offline.invalid";
            bool good = Uri.TryCreate(url, UriKind.Absolute, out Uri address)
                && (address.Scheme == "https" || address.Scheme == "http")
                && address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0;
            if (good) return url.TrimEnd('/');
            throw new PromptConfigException(
                url == null
                    ? "Where is promptcms? Set PROMPTCMS_URL, or Url of the options, to its address."
                    : "PROMPTCMS_URL has to be an address such as https://prompts.example.com, without name, password or question mark.",
                "PROMPTCMS_URL");
        }

        private string Secret(string key, string setting)
        {
            if (key == null && Offline) return "";
            if (key == null)
                throw new PromptConfigException($"There is no API key. Set {setting}, or Key of the options, to one; the project's page API keys makes it.", setting);
            if (key.Any(c => c <= ' ' || c > '~'))
                throw new PromptConfigException($"{setting} holds characters that no key has. Copy the key again.", setting);
            return key;
        }

        private static Dictionary<string, string> PinsOf(string text)
        {
            var pins = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (string part in (text ?? "").Split(',').Select(part => part.Trim()).Where(part => part.Length > 0))
            {
                int at = part.LastIndexOf('@');
                if (at <= 0 || at == part.Length - 1)
                    throw new PromptConfigException($"PROMPTCMS_PIN: '{part}' is no pin. Write name@1.2.0, other@2.0.0.", "PROMPTCMS_PIN");
                pins[part.Substring(0, at).Trim()] = part.Substring(at + 1).Trim();
            }
            return pins;
        }
    }
}
