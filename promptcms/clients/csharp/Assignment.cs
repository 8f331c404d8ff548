using System.Security.Cryptography;
using System.Text;

namespace Promptcms.Client
{
    /// <summary>Which unit (user, conversation) sees the treatment: a stable hash, the same in every client.</summary>
    internal static class Assignment
    {
        /// <summary>How many buckets there are.</summary>
        public const int Buckets = 10000;

        // Writes a lone surrogate as U+FFFD, which the contract asks for.
        private static readonly Encoding Utf8 = new UTF8Encoding(false, false);

        /// <summary>Return the bucket, 0 to 9999, of a unit. The unit is taken as it is given.</summary>
        public static int Bucket(string salt, string unit)
        {
            byte[] hash;
            using (SHA256 sha = SHA256.Create()) hash = sha.ComputeHash(Utf8.GetBytes(salt + ":" + unit));
            ulong first = 0;
            for (int i = 0; i < 8; i++) first = first << 8 | hash[i];
            return (int)((first >> 12) % Buckets); // 52 bits: the first 13 hexadecimal digits
        }

        /// <summary>Does this bucket see the treatment while <paramref name="percent"/> (0 to 100) of them do?</summary>
        public static bool InTreatment(int bucket, double percent)
        {
            return bucket < percent * 100;
        }
    }
}
