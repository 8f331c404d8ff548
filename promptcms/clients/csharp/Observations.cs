using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Promptcms.Client
{
    /// <summary>
    /// What waits to be reported. Sent in batches, a second after the first or when one is full; kept
    /// while the server is away; never in the way of the application.
    /// </summary>
    internal sealed class Observations : IDisposable
    {
        /// <summary>Where they go.</summary>
        public const string Path = "/api/v1/observations";

        internal const int Batch = 100;
        internal const int Most = 10000; // that wait
        private const int Again = 5; // times after the first
        internal const double BatchSeconds = 1;

        private readonly LinkedList<Observation> _waiting = new LinkedList<Observation>();
        private readonly SemaphoreSlim _sending = new SemaphoreSlim(1);
        private readonly HashSet<string> _told = new HashSet<string>();
        private readonly Settings _settings;
        private readonly PromptClientOptions _options;
        private readonly ITransport _transport;
        private readonly Timer _timer;
        private bool _scheduled;
        private bool _disposed;
        private int _failures; // one after the other
        private long _dropped;

        public Observations(Settings settings, ITransport transport)
        {
            _settings = settings;
            _options = settings.Options;
            _transport = transport;
            _timer = new Timer(_ => Tick(), null, Timeout.Infinite, Timeout.Infinite);
        }

        /// <summary>How many were given up so far.</summary>
        public long Dropped => Interlocked.Read(ref _dropped);

        /// <summary>Return those that wait, the oldest first.</summary>
        public List<Observation> Waiting()
        {
            lock (_waiting) return _waiting.ToList();
        }

        /// <summary>
        /// Take one in. Never waits; if too many wait, the oldest is dropped. Its sample goes along for
        /// the share of calls that the options say.
        /// </summary>
        public void Add(Observation observation, Sample sample = null)
        {
            if (_settings.Offline) return;
            if (sample != null && Sample.IsChosen(observation.Id, _settings.SampleShare)) Attach(observation, sample);
            lock (_waiting)
            {
                _waiting.AddLast(observation);
                while (_waiting.Count > Most) // also what was put back
                {
                    _waiting.RemoveFirst();
                    Drop(1, "full", $"more than {Most} observations wait; the oldest are dropped");
                }
                if (_waiting.Count % Batch == 0 && _failures == 0) Wake(0);
                else if (!_scheduled) Wake(BatchSeconds);
            }
        }

        /// <summary>Say in the log, once, what is wrong with reports.</summary>
        public void Complain(string message)
        {
            Say("report", message);
        }

        /// <summary>Send what waits, as long as the time allows; return how many were not taken.</summary>
        public async Task<int> FlushAsync(TimeSpan timeout)
        {
            double end = _options.Clock() + timeout.TotalSeconds;
            if (!await _sending.WaitAsync(timeout).ConfigureAwait(false)) return Count();
            long before = Dropped;
            try
            {
                while (Count() > 0 && _options.Clock() < end)
                {
                    bool went = await SendOneAsync(end).ConfigureAwait(false);
                    double wait = Math.Min(went ? 0 : Pause(), end - _options.Clock());
                    if (wait > 0) await _options.Delay(TimeSpan.FromSeconds(wait)).ConfigureAwait(false);
                }
            }
            finally
            {
                _sending.Release();
                WakeAgain();
            }
            return Count() + (int)(Dropped - before);
        }

        /// <summary>Send no more in the background.</summary>
        public void Dispose()
        {
            lock (_waiting)
            {
                _disposed = true;
                _timer.Dispose();
            }
        }

        private void Attach(Observation observation, Sample sample)
        {
            int size = 0;
            string why;
            Dictionary<string, object> members = null;
            try
            {
                members = sample.Members(out size, out why);
            }
            catch (Exception problem) // of a context that the application makes while it is read
            {
                why = problem.GetType().Name;
            }
            if (members == null)
            {
                Say("sample: " + why, "a sample is not sent: " + why);
                return;
            }
            lock (_waiting)
                if (_waiting.Sum(other => other.SampleBytes) + size > Sample.MostWaiting) return;
            observation.SampleBytes = size;
            observation.Members["sample"] = members;
        }

        private async void Tick()
        {
            lock (_waiting) _scheduled = false;
            if (!await _sending.WaitAsync(0).ConfigureAwait(false)) return; // who sends now goes on
            try
            {
                bool went = true;
                while (went && Count() > 0) went = await SendOneAsync(double.PositiveInfinity).ConfigureAwait(false);
            }
            catch (Exception problem) // a tick that dies would end the process
            {
                _options.Log("promptcms: observations could not be sent: " + problem.Message);
            }
            finally
            {
                _sending.Release();
                WakeAgain();
            }
        }

        /// <summary>See to it that what still waits is sent; after failures no sooner than the pause allows.</summary>
        private void WakeAgain()
        {
            lock (_waiting)
            {
                if (_waiting.Count == 0) return;
                if (_failures > 0) Wake(Pause());
                else if (!_scheduled) Wake(BatchSeconds);
            }
        }

        /// <summary>Send one batch. Return whether the server dealt with it; else it waits again.</summary>
        private async Task<bool> SendOneAsync(double end)
        {
            List<Observation> batch = TakeOut();
            int status = await PostAsync(batch, end).ConfigureAwait(false);
            if (IsTaken(status))
            {
                _failures = 0;
                return true;
            }
            if (!IsWorthAnother(status))
            {
                _failures = 0;
                Drop(batch.Count, "status " + status, status == 404
                    ? "this server takes no observations; they are dropped"
                    : $"the server refused observations with status {status}; they are dropped. Check PROMPTCMS_INGEST_KEY");
                return true;
            }
            _failures++;
            PutBack(batch);
            return false;
        }

        /// <summary>Was a batch taken that was answered like this?</summary>
        public static bool IsTaken(int status)
        {
            return status == 200 || status == 202 || status == 207;
        }

        /// <summary>Is a batch sent again that was answered like this? 0 is no answer.</summary>
        public static bool IsWorthAnother(int status)
        {
            return !IsTaken(status) && !new[] { 400, 401, 403, 404, 405, 413, 422 }.Contains(status);
        }

        private async Task<int> PostAsync(List<Observation> batch, double end)
        {
            var request = new TransportRequest("POST", _settings.Url, Path, _settings.IngestKey);
            request.Headers[ClientHeader.Name] = ClientHeader.Write(ClientHeader.Client, ClientHeader.Process, null);
            request.Body = JsonWriter.Write(new Dictionary<string, object>
            {
                ["observations"] = batch.Select(observation => observation.Members).ToList(),
            });
            double left = Math.Max(0.05, end - _options.Clock());
            TimeSpan timeout = left < _options.Timeout.TotalSeconds ? TimeSpan.FromSeconds(left) : _options.Timeout;
            try
            {
                return (await _transport.SendAsync(request, timeout).ConfigureAwait(false)).Status;
            }
            catch (TransportException)
            {
                return 0;
            }
        }

        private List<Observation> TakeOut()
        {
            lock (_waiting)
            {
                List<Observation> batch = _waiting.Take(Batch).ToList();
                foreach (Observation _ in batch) _waiting.RemoveFirst();
                return batch;
            }
        }

        private void PutBack(List<Observation> batch)
        {
            foreach (Observation observation in batch) observation.Tries++;
            List<Observation> kept = batch.Where(observation => observation.Tries <= Again).ToList();
            if (kept.Count < batch.Count)
                Drop(batch.Count - kept.Count, "tries", "the server did not take observations after six attempts; they are dropped");
            kept.Reverse();
            lock (_waiting)
                foreach (Observation observation in kept) _waiting.AddFirst(observation);
        }

        private void Drop(int count, string why, string message)
        {
            Interlocked.Add(ref _dropped, count);
            Say(why, message);
        }

        private void Say(string why, string message)
        {
            bool first;
            lock (_told) first = _told.Add(why);
            if (first) _options.Log("promptcms: " + message + ". This is said once.");
        }

        private int Count()
        {
            lock (_waiting) return _waiting.Count;
        }

        /// <summary>Return how many seconds to wait after failures: 1, 2, 4, 8, 16, a little more by chance.</summary>
        private double Pause()
        {
            double wait = Math.Pow(2, Math.Min(Math.Max(_failures, 1), Again) - 1);
            return wait * (1 + _options.Jitter * _options.Random(1000) / 1000);
        }

        private void Wake(double seconds)
        {
            if (_disposed) return;
            _scheduled = true;
            _timer.Change(TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
        }
    }
}
