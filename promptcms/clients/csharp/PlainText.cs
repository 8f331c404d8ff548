using System;
using System.Globalization;
using System.Numerics;

namespace Promptcms.Client
{
    /// <summary>How a value reads in a prompt: the same digits in every language and country.</summary>
    internal static class PlainText
    {
        private const double SmallestOfFullPrecision = 2.3e-308;

        /// <summary>Return text as it is, true/false, numbers in plain digits; null for anything else.</summary>
        public static string Of(object value)
        {
            if (value is string text) return text;
            if (value is bool truth) return truth ? "true" : "false";
            if (value is double wide)
                return Digits(wide, 17, shorter => double.Parse(shorter, CultureInfo.InvariantCulture) == wide);
            if (value is float narrow)
                return Digits(narrow, 9, shorter => float.Parse(shorter, CultureInfo.InvariantCulture) == narrow);
            if (value is decimal money) return money.ToString("0.############################", CultureInfo.InvariantCulture);
            return IsWhole(value) ? ((IFormattable)value).ToString("D", CultureInfo.InvariantCulture) : null;
        }

        private static bool IsWhole(object value)
        {
            return value is int || value is long || value is BigInteger || value is uint || value is ulong
                || value is short || value is ushort || value is byte || value is sbyte;
        }

        private static string Digits(double number, int most, Func<string, bool> same)
        {
            if (double.IsNaN(number) || double.IsInfinity(number)) return null;
            if (number == Math.Floor(number)) return new BigInteger(number).ToString(CultureInfo.InvariantCulture);
            return Unfolded(Shortest(number, most, same));
        }

        /// <summary>
        /// Return the fewest digits that read back as the number, as `d.ddde±x`. The format "R" would be
        /// shorter, but differs between the runtimes: .NET Framework and Mono write 4.94065645841247E-324.
        /// </summary>
        private static string Shortest(double number, int most, Func<string, bool> same)
        {
            // Up to `most - 2` digits, cutting zeros gives the shortest; numbers near zero have fewer digits.
            int digits = Math.Abs(number) < SmallestOfFullPrecision ? 0 : most - 3;
            for (; digits < most - 1; digits++)
            {
                string text = Scientific(number, digits);
                if (same(text)) return text;
            }
            return Scientific(number, digits);
        }

        private static string Scientific(double number, int digits)
        {
            return number.ToString("e" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        }

        /// <summary>Return `-1.25e-003` as `-0.00125`.</summary>
        private static string Unfolded(string scientific)
        {
            int e = scientific.IndexOf('e');
            int exponent = int.Parse(scientific.Substring(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            string sign = scientific[0] == '-' ? "-" : "";
            string digits = scientific.Substring(sign.Length, e - sign.Length).Replace(".", "").TrimEnd('0');
            if (exponent < 0) return sign + "0." + new string('0', -exponent - 1) + digits;
            return sign + digits.Substring(0, exponent + 1) + "." + digits.Substring(exponent + 1);
        }
    }
}
