using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Promptcms.Client
{
    /// <summary>
    /// The one cache: a slot per name and label. A hit takes no lock and makes no request; a timer asks
    /// again in the background; whoever has to wait shares one request with all others who wait.
    /// </summary>
    internal sealed class PromptCache : IDisposable
    {
        private const int AtOnce = 8; // refreshes in flight
        private const double ShortestWait = 0.01; // seconds

        private readonly ConcurrentDictionary<Question, Slot> _slots = new ConcurrentDictionary<Question, Slot>();
        private readonly Dictionary<Question, Task<Slot>> _flights = new Dictionary<Question, Task<Slot>>();
        private readonly SemaphoreSlim _places = new SemaphoreSlim(AtOnce);
        private readonly Settings _settings;
        private readonly PromptClientOptions _options;
        private readonly PromptServer _server;
        private readonly double _refresh;
        private readonly double _maxStale;
        private readonly Timer _timer;
        private double _wakesAt = double.PositiveInfinity; // under the lock of the timer
        private bool _disposed;
        private int _ticking;

        public PromptCache(Settings settings, PromptServer server)
        {
            _settings = settings;
            _options = settings.Options;
            _server = server;
            _refresh = _options.Refresh.TotalSeconds;
            _maxStale = _options.MaxStale.TotalSeconds;
            _timer = new Timer(_ => Tick(), null, Timeout.Infinite, Timeout.Infinite);
        }

        /// <summary>
        /// Return the slot that answers a question, asking the server only if it has to be.
        /// Raises a PromptcmsException if there is neither an answer nor one in the snapshot.
        /// </summary>
        public Task<Slot> GetAsync(Question question)
        {
            if (!_slots.TryGetValue(question, out Slot slot)) return FlyAsync(question, now => !_slots.ContainsKey(question));
            double moment = _options.Clock();
            slot.UsedAt = moment;
            bool waits = !_settings.Offline && slot.MustAsk(moment, _refresh, _maxStale);
            return waits ? FlyAsync(question, now => slot.MustAsk(now, _refresh, _maxStale)) : Task.FromResult(slot);
        }

        /// <summary>Ask again for everything whose time has come. Never raises.</summary>
        public Task RefreshAsync()
        {
            double moment = _options.Clock();
            double idle = _options.Idle.TotalSeconds;
            if (_settings.Offline) return Task.CompletedTask;
            return Task.WhenAll(_slots.Values
                .Where(slot => slot.MustRefresh(moment, idle))
                .Select(slot => RefreshAsync(slot, idle)));
        }

        /// <summary>Stop asking.</summary>
        public void Dispose()
        {
            lock (_timer)
            {
                _disposed = true;
                _timer.Dispose();
            }
        }

        private async Task RefreshAsync(Slot slot, double idle)
        {
            await _places.WaitAsync().ConfigureAwait(false);
            try
            {
                await FlyAsync(slot.Question, now => slot.MustRefresh(now, idle)).ConfigureAwait(false);
            }
            finally
            {
                _places.Release();
            }
        }

        /// <summary>Join the request that is under way, or make one if it is <paramref name="needed"/> still.</summary>
        private async Task<Slot> FlyAsync(Question question, Func<double, bool> needed)
        {
            TaskCompletionSource<Slot> mine = null;
            Task<Slot> flight;
            lock (_flights)
            {
                if (!_flights.TryGetValue(question, out flight))
                {
                    if (!needed(_options.Clock())) return _slots[question];
                    mine = new TaskCompletionSource<Slot>(TaskCreationOptions.RunContinuationsAsynchronously);
                    _flights[question] = flight = mine.Task;
                }
            }
            if (mine != null) await LandAsync(question, mine).ConfigureAwait(false);
            return await flight.ConfigureAwait(false);
        }

        private async Task LandAsync(Question question, TaskCompletionSource<Slot> flight)
        {
            try
            {
                Slot slot = _slots.TryGetValue(question, out Slot known)
                    ? await AgainAsync(known).ConfigureAwait(false)
                    : await FirstAsync(question).ConfigureAwait(false);
                Land(question);
                flight.SetResult(slot);
            }
            catch (Exception problem)
            {
                Land(question);
                flight.SetException(problem);
            }
        }

        private void Land(Question question)
        {
            lock (_flights) _flights.Remove(question);
        }

        private async Task<Slot> FirstAsync(Question question)
        {
            Kept kept;
            try
            {
                if (_settings.Offline) throw Offline(question, _settings.Snapshot?.Find(question) != null);
                Reply reply = await _server.AskAsync(question, null, _options.Attempts).ConfigureAwait(false);
                kept = Confirmed(reply, reply.Document);
            }
            catch (PromptcmsException problem) when (_settings.Snapshot?.Find(question) != null)
            {
                double now = _options.Clock();
                kept = new Kept
                {
                    Document = _settings.Snapshot.Find(question),
                    Generation = _settings.Snapshot.Generation,
                    FromSnapshot = true,
                    AttemptedAt = now,
                    DueAt = Due(now),
                    Error = problem,
                };
            }
            Slot slot = _slots[question] = new Slot(question, kept, _options.Clock());
            if (!slot.Settled && !_settings.Offline) Wake(kept.DueAt);
            return slot;
        }

        /// <summary>Ask once more for what is known; if that fails, what is known goes on being served.</summary>
        private async Task<Slot> AgainAsync(Slot slot)
        {
            Kept kept = slot.Kept;
            double now = _options.Clock();
            try
            {
                Reply reply = await _server.AskAsync(slot.Question, kept.ETag, 1).ConfigureAwait(false);
                if (Slot.StepsBack(reply.Generation, kept.Generation))
                    throw new PromptUnavailableException($"The server answered from before generation {kept.Generation}; the answer was ignored.");
                slot.Kept = Confirmed(reply, reply.Document ?? kept.Document, kept);
            }
            catch (PromptcmsException problem)
            {
                Kept failed = kept.Copy();
                failed.Error = problem;
                failed.AttemptedAt = now;
                failed.DueAt = Due(now);
                slot.Kept = failed;
            }
            Wake(slot.Kept.DueAt);
            return slot;
        }

        private Kept Confirmed(Reply reply, PromptDocument document, Kept before = null)
        {
            return new Kept
            {
                Document = document,
                ETag = reply.ETag ?? (reply.Document == null ? before?.ETag : null),
                Generation = reply.Generation ?? before?.Generation,
                Behind = reply.Behind,
                ConfirmedAt = reply.AskedAt,
                AttemptedAt = reply.AskedAt,
                DueAt = Due(reply.AskedAt),
            };
        }

        /// <summary>Return when to ask again: early by chance, never late.</summary>
        private double Due(double now)
        {
            return now + _refresh * (1 - _options.Jitter * _options.Random(1000) / 1000);
        }

        private static PromptcmsException Offline(Question question, bool found)
        {
            if (found) return new PromptUnavailableException("PROMPTCMS_OFFLINE is set: the snapshot answers, and nobody is asked.");
            return new PromptNotFoundException(
                $"The snapshot does not have {question}, and offline nothing is asked. Write the snapshot anew, or unset PROMPTCMS_OFFLINE.");
        }

        private async void Tick()
        {
            if (Interlocked.Exchange(ref _ticking, 1) == 1) return; // the one under way sets the next
            lock (_timer) _wakesAt = double.PositiveInfinity;
            try
            {
                await RefreshAsync().ConfigureAwait(false);
            }
            catch (Exception problem) // a tick that dies would end the process
            {
                _options.Log("promptcms: a refresh failed: " + problem.Message);
            }
            Volatile.Write(ref _ticking, 0);
            double now = _options.Clock();
            double idle = _options.Idle.TotalSeconds;
            Wake(_slots.Values
                .Where(slot => !slot.Settled && now - slot.UsedAt <= idle)
                .Select(slot => slot.Kept.DueAt)
                .Concat(new[] { now + _refresh }) // an idle prompt may be asked for again
                .Min());
        }

        /// <summary>Let the timer tick at a moment, if it would not before.</summary>
        private void Wake(double due)
        {
            lock (_timer)
            {
                if (_disposed || due >= _wakesAt) return;
                _wakesAt = due;
                double wait = Math.Max(due - _options.Clock(), ShortestWait);
                _timer.Change(TimeSpan.FromSeconds(wait), Timeout.InfiniteTimeSpan);
            }
        }
    }
}
