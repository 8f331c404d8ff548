using System;

namespace Promptcms.Client
{
    /// <summary>Random numbers for all threads; System.Random alone breaks when two of them use it.</summary>
    internal static class Chance
    {
        [ThreadStatic]
        private static Random _ofThisThread;

        /// <summary>Return a whole number from 0 to below <paramref name="stop"/>.</summary>
        public static int Below(int stop)
        {
            _ofThisThread = _ofThisThread ?? new Random(Guid.NewGuid().GetHashCode());
            return _ofThisThread.Next(stop);
        }
    }
}
